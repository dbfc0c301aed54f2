from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="RecipientHeader")


@_attrs_define
class RecipientHeader:
    """The header of a recipient.

    Attributes:
        kid (str): Thumbprint of the recipient's encryption key. Example: B06v7KGFfgiHmEg1_cU8C2bVhuECtTj2qEEEmKTlvsQ.
    """

    kid: str

    def to_dict(self) -> dict[str, Any]:
        kid = self.kid

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "kid": kid,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        kid = d.pop("kid")

        recipient_header = cls(
            kid=kid,
        )

        return recipient_header
