from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="Signature")


@_attrs_define
class Signature:
    """A signature of a key statement.

    Attributes:
        protected (str): The header in base64url: `alg` PS256, `kid`, `typ` pli-keys+json. Example:
            eyJhbGciOiJQUzI1NiIsImtpZCI6IjkyUzNQanB6YUp1b3BMZ0UxWURKdllWMDkzcm4xZWVIOEJFbnNK….
        signature (str): The RSASSA-PSS signature in base64url. Example: UqUW21TS4nGo4l_pTNDLG2C0LiMZct-HDT6OKSPYWP-
            sbV9Uk3Kvh7PY8OHeN6U1VSh5AIs8EzJx72x-….
    """

    protected: str
    signature: str

    def to_dict(self) -> dict[str, Any]:
        protected = self.protected

        signature = self.signature

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "protected": protected,
                "signature": signature,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        protected = d.pop("protected")

        signature = d.pop("signature")

        signature = cls(
            protected=protected,
            signature=signature,
        )

        return signature
