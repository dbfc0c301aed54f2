from typing import Literal

KdfName = Literal["argon2id"]

KDF_NAME_VALUES: set[KdfName] = {
    "argon2id",
}


def check_kdf_name(value: str) -> KdfName:
    if value in KDF_NAME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {KDF_NAME_VALUES!r}")
