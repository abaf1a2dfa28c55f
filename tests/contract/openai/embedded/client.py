"""Asks the embedded model, through the official OpenAI client for Python, for what applications ask for.

Reads OPENAI_BASE_URL, OPENAI_API_KEY and MODEL; prints what it got as one JSON object.
"""

import json
import os
from typing import Literal

import openai
from pydantic import BaseModel


class City(BaseModel):
    """What a structured answer is to be."""

    name: Literal["Paris", "Rome"]
    large: bool


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}


def refusal(call):
    """What a wrong call raised."""
    try:
        call()
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.param, error.code]
    return None


def main():
    client = openai.OpenAI(max_retries=0)
    model = os.environ["MODEL"]
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    common = {"model": model, "messages": messages, "temperature": 0}

    structured = client.chat.completions.parse(**common, max_tokens=40, response_format=City)
    with client.chat.completions.stream(
        **common, max_tokens=60, tools=[WEATHER], tool_choice="required"
    ) as stream:
        called = stream.get_final_completion().choices[0]
    likely = client.chat.completions.create(**common, max_tokens=3, logprobs=True, top_logprobs=2)
    several = client.chat.completions.create(**{**common, "temperature": 1}, max_tokens=3, seed=1, n=2)
    judged = client.completions.create(model=model, prompt="One, two", echo=True, logprobs=1, max_tokens=0)
    best = client.completions.create(model=model, prompt="One, two", best_of=3, max_tokens=3, seed=2)
    pieces = list(
        client.completions.create(
            model=model, prompt="One,", max_tokens=3, stream=True, stream_options={"include_usage": True}
        )
    )
    vectors = client.embeddings.create(model=model, input=["a cat", "a dog"])
    response = client.responses.create(model=model, input="Say hi.", max_output_tokens=5, store=False)
    numbers = []
    with client.responses.stream(model=model, input="Say hi.", text_format=City) as events:
        numbers = [event.sequence_number for event in events if hasattr(event, "sequence_number")]
        parsed = events.get_final_response().output_parsed

    print(
        json.dumps(
            {
                "structured": structured.choices[0].message.parsed.model_dump(),
                "called": called.message.tool_calls[0].function.name,
                "calledWith": json.loads(called.message.tool_calls[0].function.arguments),
                "calledFor": called.finish_reason,
                "likely": [len(entry.top_logprobs) for entry in likely.choices[0].logprobs.content],
                "several": len(several.choices),
                "judged": judged.choices[0].text,
                "judgedFrom": judged.choices[0].logprobs.token_logprobs[0],
                "judgedTokens": "".join(judged.choices[0].logprobs.tokens),
                "best": [len(best.choices), best.usage.completion_tokens],
                "pieces": pieces[-1].usage.completion_tokens,
                "vectors": [len(entry.embedding) for entry in vectors.data],
                "response": [response.status, response.usage.output_tokens],
                "inOrder": numbers == sorted(set(numbers)),
                "parsed": parsed.model_dump(),
                "requestId": bool(several._request_id),
                "errors": [
                    refusal(lambda: client.chat.completions.create(**{**common, "temperature": 9})),
                    refusal(lambda: client.chat.completions.create(**common, tool_choice="required")),
                    refusal(lambda: client.chat.completions.create(**{**common, "model": "gpt-9"})),
                    refusal(lambda: client.completions.create(model=model, prompt="word " * 20_000)),
                    refusal(lambda: client.completions.create(model=model, prompt="x", suffix="y")),
                ],
            }
        )
    )


main()
