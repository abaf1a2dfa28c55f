"""Drives the official OpenAI client for Python against a running service and prints what it got as one JSON object.

Reads OPENAI_BASE_URL, OPENAI_API_KEY and MODEL. Certificates are verified; SSL_CERT_FILE names the authority.
"""

import json
import os
import sys

import openai


def error_of(call):
    """What a failing call raised; None when it did not fail."""
    try:
        call()
    except openai.APIStatusError as error:
        body = error.body if isinstance(error.body, dict) else {}
        return {
            "kind": type(error).__name__,
            "status": error.status_code,
            "code": body.get("code"),
            "param": body.get("param"),
            "hasRequestId": bool(error.request_id),
        }
    return None


def main():
    client = openai.OpenAI(max_retries=0)
    model = os.environ["MODEL"]
    messages = [{"role": "user", "content": "before STOP after"}]

    def chat(**extra):
        return client.chat.completions.create(model=model, messages=messages, **extra)

    whole = chat(stop=["STOP"])
    chunks = list(chat(stop="STOP", stream=True, stream_options={"include_usage": True}))
    text = client.completions.create(model=model, prompt="hello", echo=True)
    pieces = list(client.completions.create(model=model, prompt="hello", stream=True))
    encoded = client.embeddings.create(model=model, input=["one", "two"])
    floats = client.embeddings.create(model=model, input=["one", "two"], encoding_format="float")
    twice = chat(n=2)
    several = client.completions.create(model=model, prompt=["one", "two"])
    response = client.responses.create(model=model, input="hello", store=False)
    with client.responses.stream(model=model, input="hello") as stream:
        streamed_response = stream.get_final_response()
    stranger = openai.OpenAI(api_key="sk-wrong", max_retries=0)
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}

    print(
        json.dumps(
            {
                "python": list(sys.version_info[:3]),
                "client": openai.__version__,
                "chat": whole.choices[0].message.content,
                "finish": whole.choices[0].finish_reason,
                "usage": whole.usage.model_dump(include={"prompt_tokens", "completion_tokens", "total_tokens"}),
                "streamed": "".join(c.choices[0].delta.content or "" for c in chunks if c.choices),
                "streamedUsage": chunks[-1].usage.model_dump(
                    include={"prompt_tokens", "completion_tokens", "total_tokens"}
                ),
                "text": text.choices[0].text,
                "pieces": "".join(piece.choices[0].text for piece in pieces),
                "embeddingsAgree": all(
                    abs(x - y) < 1e-6
                    for a, b in zip(encoded.data, floats.data)
                    for x, y in zip(a.embedding, b.embedding)
                ),
                "embeddingLength": len(encoded.data[0].embedding),
                "twice": [choice.message.content for choice in twice.choices],
                "several": [choice.text for choice in several.choices],
                "response": response.output_text,
                "streamedResponse": streamed_response.output_text,
                "models": [entry.id for entry in client.models.list()],
                "model": client.models.retrieve(model).id,
                "errors": {
                    "range": error_of(lambda: chat(temperature=3)),
                    "unsupported": error_of(lambda: chat(store=True)),
                    "model": error_of(
                        lambda: client.chat.completions.create(model="gpt-nonsense", messages=messages)
                    ),
                    "image": error_of(
                        lambda: client.chat.completions.create(
                            model=model, messages=[{"role": "user", "content": [image]}]
                        )
                    ),
                    "key": error_of(lambda: stranger.models.list()),
                },
            }
        )
    )


main()
