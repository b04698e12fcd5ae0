"""What the scripts before the relay share: its clients, and what they throw.

The scripts' first two arguments: BASE_URL KEY.
"""

import sys

import openai

BASE, KEY = sys.argv[1:3]
MESSAGES = [{"role": "user", "content": "Say something."}]


def client(key: str = KEY, tries: int = 0, **options) -> openai.OpenAI:
    return openai.OpenAI(base_url=BASE, api_key=key, max_retries=tries, **options)


def chat(ours: openai.OpenAI, model: str) -> str:
    return ours.chat.completions.create(model=model, messages=MESSAGES).choices[0].message.content


def error(thrown: openai.APIError) -> list:
    return [type(thrown).__name__, getattr(thrown, "status_code", None), thrown.code]


def refusal(call) -> list:
    """The class, the status and the code of the error that a call ends with."""
    try:
        call()
    except openai.APIError as thrown:
        return error(thrown)
    return ["nothing"]


def broken(ours: openai.OpenAI, model: str) -> list:
    """The text of a stream until it breaks off, and the error that it ends with."""
    text = ""
    try:
        for chunk in ours.chat.completions.create(model=model, messages=MESSAGES, stream=True):
            text += chunk.choices[0].delta.content or ""
    except openai.APIError as thrown:
        return [text, *error(thrown)]
    return [text, "nothing"]
