"""OpenAI's package for Python before the relay: prints what its calls answered, as JSON.

Called by tests/models-client.spec.ts: client.py BASE_URL KEY NARROW_KEY.
"""

import json
import sys

import openai

BASE, KEY, NARROW = sys.argv[1:]
MESSAGES = [{"role": "user", "content": "Say something."}]
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def client(key: str, tries: int = 0) -> openai.OpenAI:
    return openai.OpenAI(base_url=BASE, api_key=key, max_retries=tries)


def refusal(call) -> list:
    try:
        call()
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.code]
    return ["nothing"]


def stream(**options) -> tuple[str, int | None]:
    text, usage = "", None
    for chunk in client(KEY).chat.completions.create(model="small", messages=MESSAGES, stream=True, **options):
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        usage = chunk.usage.total_tokens if chunk.usage else usage
    return text, usage


def broken() -> list:
    text = ""
    try:
        for chunk in client(KEY).chat.completions.create(model="halts", messages=MESSAGES, stream=True):
            text += chunk.choices[0].delta.content or ""
    except openai.APIError as error:
        return [type(error).__name__, text]
    return ["nothing", text]


def main() -> None:
    ours = client(KEY)
    chat = ours.chat.completions.create(model="small", messages=MESSAGES)
    tools = ours.chat.completions.create(model="toolsmith", messages=MESSAGES, tools=[WEATHER])
    called = tools.choices[0].message.tool_calls[0].function
    events = ours.responses.create(model="small", input="Say something.", stream=True)
    silent, asked = stream(), stream(stream_options={"include_usage": True})
    told = {
        "models": [model.id for model in ours.models.list()],
        "chat": chat.choices[0].message.content,
        "usage": chat.usage.total_tokens,
        "stream": silent[0],
        "stream_usage": silent[1],
        "stream_asked_usage": asked[1],
        "completion": ours.completions.create(model="small", prompt="Say").choices[0].text,
        "embedding": ours.embeddings.create(model="embedder", input="words").data[0].embedding,
        "response": ours.responses.create(model="small", input="Say something.").output_text,
        "response_stream": "".join(event.delta for event in events if event.type == "response.output_text.delta"),
        "tool": {"name": called.name, "arguments": json.loads(called.arguments)},
        "refused": refusal(lambda: client(NARROW).chat.completions.create(model="toolsmith", messages=MESSAGES)),
        "unknown": refusal(lambda: ours.chat.completions.create(model="gpt-0", messages=MESSAGES)),
        "failed": refusal(lambda: ours.chat.completions.create(model="fails", messages=MESSAGES)),
        "second_try": client(KEY, 2).chat.completions.create(model="hurried", messages=MESSAGES).choices[0].message.content,
        "broken": broken(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
