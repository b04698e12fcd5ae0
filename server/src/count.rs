//! How many there are, where counting stops at a bound.

use store::SectionCount;

/// A count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many, as far as was counted.
    pub count: i64,
    /// There are more.
    pub more: bool,
}

impl From<SectionCount> for Count {
    fn from(counted: SectionCount) -> Self {
        Self { count: counted.count, more: counted.more }
    }
}
