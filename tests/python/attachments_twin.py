"""The Python twin of tests/programs/attachments_twin.rs: the same functions, arguments and values, in the same order.

Members of objects are in the order of their names, which is that of serde_json."""

import base64

import mlflow
from mlflow.tracing.attachments import Attachment

PNG_TEXT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP4z8DwHwAFAAH/VscvDQAAAABJRU5ErkJggg=="
)
PNG = base64.b64decode(PNG_TEXT)


@mlflow.trace
def look(image):
    return len(image.content_bytes)


@mlflow.trace
def draw(topic):
    return Attachment(content_type="image/png", content_bytes=PNG)


@mlflow.trace
def show(topic):
    image = draw(topic)
    return look(image) + look(image)


@mlflow.trace
def by_hand():
    span = mlflow.get_current_active_span()
    sound = Attachment(content_type="audio/wav", content_bytes=b"RIFF and so on")
    paper = Attachment(content_type="application/pdf", content_bytes=b"%PDF-1.4 nearly")
    span.set_inputs((1, {"sound": sound}))
    span.set_outputs([[paper], [paper, sound]])


@mlflow.trace
def read(path):
    with open(path, "w") as file:
        file.write("three words here")
    return Attachment.from_file(path)


@mlflow.trace
def ask(messages):
    return {"audio": {"data": "UklGRg==", "transcript": "hm"}, "data": [{"b64_json": PNG_TEXT}]}


@mlflow.trace
def echo(value):
    return value


@mlflow.trace
def large(image):
    return len(image)


def main():
    show("cats")
    by_hand()
    read("words.txt")
    image = {"image_url": {"url": f"data:image/png;base64,{PNG_TEXT}"}, "type": "image_url"}
    sound = {"input_audio": {"data": "UklGRg==", "format": "mp3"}, "type": "input_audio"}
    ask([{"content": [{"text": "what is this?", "type": "text"}, image, sound], "role": "user"}])
    for value in [
        {"source": {"data": PNG_TEXT, "media_type": "image/png", "type": "base64"}, "type": "image"},
        {"image": {"format": "png", "source": {"bytes": PNG_TEXT}}},
        {"inline_data": {"data": "JVBERi0=", "mime_type": "application/pdf"}},
        {"output_format": "png", "result": PNG_TEXT, "type": "image_generation_call"},
        {"result": "no base64!", "type": "image_generation_call"},
        ["data:image/png,plain", "data:text/plain;charset=utf-8;base64,aGVsbG8=", "data:;base64,aGVsbG8="],
    ]:
        echo(value)
    large("data:image/x-raw;base64," + "QUJD" * 700_000)
    mlflow.flush_trace_async_logging()


if __name__ == "__main__":
    main()
