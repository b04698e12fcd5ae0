"""OpenAI's package for Python before the relay: prints what its calls answered, as JSON.

Called by tests/models-client.spec.ts: client.py BASE_URL KEY NARROW_KEY GUARDED_KEY.
"""

import json
import sys

import openai
from relay import KEY, MESSAGES, broken, chat, client, refusal

NARROW, GUARDED = sys.argv[3:5]
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def stream(ours: openai.OpenAI, model: str, **options) -> tuple[str, int | None]:
    text, usage = "", None
    for chunk in ours.chat.completions.create(model=model, messages=MESSAGES, stream=True, **options):
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        usage = chunk.usage.total_tokens if chunk.usage else usage
    return text, usage


def tools(ours: openai.OpenAI) -> dict:
    """What a tool is called with, whole and streamed, and what is said once it has answered."""
    asked = {"model": "toolsmith", "tools": [WEATHER]}
    message = ours.chat.completions.create(messages=MESSAGES, **asked).choices[0].message
    called = message.tool_calls[0]
    result = {"role": "tool", "tool_call_id": called.id, "content": "Sun."}
    answered = ours.chat.completions.create(messages=[*MESSAGES, message, result], **asked)
    name, arguments = "", ""
    for chunk in ours.chat.completions.create(messages=MESSAGES, stream=True, **asked):
        for call in chunk.choices[0].delta.tool_calls or []:
            name += call.function.name or ""
            arguments += call.function.arguments or ""
    return {
        "tool": {"name": called.function.name, "arguments": json.loads(called.function.arguments)},
        "tool_streamed": {"name": name, "arguments": json.loads(arguments)},
        "tool_answered": answered.choices[0].message.content,
    }


def main() -> None:
    ours, guarded = client(), client(GUARDED)
    whole = ours.chat.completions.create(model="small", messages=MESSAGES)
    events = ours.responses.create(model="small", input="Say something.", stream=True)
    silent, asked = stream(ours, "small"), stream(ours, "small", stream_options={"include_usage": True})
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
        **tools(ours),
        "refused": refusal(lambda: chat(client(NARROW), "toolsmith")),
        "unknown": refusal(lambda: chat(ours, "gpt-0")),
        "failed": refusal(lambda: chat(ours, "fails")),
        "no_json": refusal(lambda: chat(ours, "garbage")),
        "cut_short": refusal(lambda: chat(ours, "short")),
        "limited": refusal(lambda: chat(ours, "limited")),
        "second_try": chat(client(tries=2), "hurried"),
        "broken": broken(ours, "halts"),
        "guarded": chat(guarded, "writes"),
        "guarded_stream": stream(guarded, "writes")[0],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
