"""OpenAI's package for Python before a provider that stops saying anything: prints what its calls came to, as JSON.

Called by tests/models-stalls.spec.ts: stalls.py BASE_URL KEY [SECONDS], the package's own patience.
"""

import json
import sys

from relay import broken, chat, client, refusal


def main() -> None:
    patience = {"timeout": float(sys.argv[3])} if len(sys.argv) > 3 else {}
    told = {
        "silent": refusal(lambda: chat(client(**patience), "stalls")),
        "in_the_middle": broken(client(**patience), "pauses"),
        "second_try": chat(client(tries=1, **patience), "dozes"),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
