from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.recipient_header import RecipientHeader


T = TypeVar("T", bound="Recipient")


@_attrs_define
class Recipient:
    """The content key, wrapped for one participant.

    Attributes:
        encrypted_key (str): The wrapped content key in base64url. Example:
            obxiICeZO5U6v02mB_7u91c8J8JhbHgbF3EX6abLxKhXSmRvYTu9MukF-t7Wu5QoHB7Nagr_UQqXdhAt….
        header (RecipientHeader): The header of a recipient.
    """

    encrypted_key: str
    header: RecipientHeader

    def to_dict(self) -> dict[str, Any]:
        encrypted_key = self.encrypted_key

        header = self.header.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "encrypted_key": encrypted_key,
                "header": header,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.recipient_header import RecipientHeader

        d = dict(src_dict)
        encrypted_key = d.pop("encrypted_key")

        header = RecipientHeader.from_dict(d.pop("header"))

        recipient = cls(
            encrypted_key=encrypted_key,
            header=header,
        )

        return recipient
