"""OpenAI's package for Python before the relay: prints what its calls answered, as JSON.

Called by tests/models-client.spec.ts: client.py BASE_URL KEY NARROW_KEY.
"""

import json
import sys

from relay import KEY, MESSAGES, broken, chat, client, refusal

NARROW = sys.argv[3]
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def stream(**options) -> tuple[str, int | None]:
    text, usage = "", None
    for chunk in client().chat.completions.create(model="small", messages=MESSAGES, stream=True, **options):
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        usage = chunk.usage.total_tokens if chunk.usage else usage
    return text, usage


def main() -> None:
    ours = client()
    whole = ours.chat.completions.create(model="small", messages=MESSAGES)
    tools = ours.chat.completions.create(model="toolsmith", messages=MESSAGES, tools=[WEATHER])
    called = tools.choices[0].message.tool_calls[0].function
    events = ours.responses.create(model="small", input="Say something.", stream=True)
    silent, asked = stream(), stream(stream_options={"include_usage": True})
    told = {
        "models": [model.id for model in ours.models.list()],
        "chat": whole.choices[0].message.content,
        "usage": whole.usage.total_tokens,
        "stream": silent[0],
        "stream_usage": silent[1],
        "stream_asked_usage": asked[1],
        "completion": ours.completions.create(model="small", prompt="Say").choices[0].text,
        "embedding": ours.embeddings.create(model="embedder", input="words").data[0].embedding,
        "response": ours.responses.create(model="small", input="Say something.").output_text,
        "response_stream": "".join(event.delta for event in events if event.type == "response.output_text.delta"),
        "tool": {"name": called.name, "arguments": json.loads(called.arguments)},
        "refused": refusal(lambda: chat(client(NARROW), "toolsmith")),
        "unknown": refusal(lambda: chat(ours, "gpt-0")),
        "failed": refusal(lambda: chat(ours, "fails")),
        "second_try": chat(client(tries=2), "hurried"),
        "broken": broken(ours, "halts"),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
