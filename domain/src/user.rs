//! The rules of a user's own fields: e-mail, name, password.

use crate::field::{self, FieldError};

/// Fewest characters of a password (NIST SP 800-63B: at least 8; a passphrase is better, so we ask for 10).
pub const PASSWORD_LEAST: usize = 10;
/// Most bytes of a password. argon2 would take more; a bound keeps a request from costing much.
pub const PASSWORD_MOST: usize = 256;

/// An e-mail address in lower case: one `@`, something on both sides, no white space, at most 254 characters. Whether it
/// takes mail only a mail can tell, so nothing cleverer is tried.
pub fn email(text: &str) -> Result<String, FieldError> {
    let email = field::line("email", "E-mail", text, 254)?.to_lowercase();
    let wrong = || FieldError::new("email", "E-mail needs the form name@example.com.");
    let (local, host) = email.split_once('@').ok_or_else(wrong)?;
    let plain = !email.contains(|c: char| c.is_whitespace() || "<>\"(),;:\\".contains(c));
    if local.is_empty() || host.is_empty() || host.contains('@') || !plain {
        return Err(wrong());
    }
    Ok(email)
}

/// What the console calls the person.
pub fn name(text: &str) -> Result<String, FieldError> {
    field::line("name", "Name", text, 80)
}

/// A new password. Only its length is asked for: rules on kinds of characters make passwords worse (NIST SP 800-63B).
pub fn password(field: &str, text: &str) -> Result<(), FieldError> {
    let count = text.chars().count();
    if count == 0 {
        return Err(FieldError::new(field, "Password is required."));
    }
    if count < PASSWORD_LEAST {
        let message = format!("The password has {count} characters; it needs at least {PASSWORD_LEAST}.");
        return Err(FieldError::new(field, message));
    }
    if text.len() > PASSWORD_MOST {
        return Err(FieldError::new(field, format!("The password is longer than {PASSWORD_MOST} bytes.")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        assert_eq!(email(" Mina@Example.com ").as_deref(), Ok("mina@example.com"));
        assert!(email("root@localhost").is_ok());
        for bad in ["", "mina", "@x.org", "mina@", "a@b@c", "a b@c.org", "<a@b.org>"] {
            assert_eq!(email(bad).unwrap_err().field, "email", "{bad}");
        }
    }

    #[test]
    fn passwords() {
        assert!(password("password", "123456789").is_err());
        assert!(password("password", "1234567890").is_ok());
        assert!(password("password", &"x".repeat(257)).is_err());
    }
}
