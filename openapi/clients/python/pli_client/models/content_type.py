from typing import Literal

ContentType = Literal["file", "text"]

CONTENT_TYPE_VALUES: set[ContentType] = {
    "file",
    "text",
}


def check_content_type(value: str) -> ContentType:
    if value in CONTENT_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {CONTENT_TYPE_VALUES!r}"
    )
