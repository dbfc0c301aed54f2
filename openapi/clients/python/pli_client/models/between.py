from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Between")


@_attrs_define
class Between:
    """Which messages to receive.

    Attributes:
        receiver_email (str): Who received them. Example: bob@example.org.
        sender_email (str): Who sent them. Sender or receiver is the account of the token. Example: bob@example.org.
        before (int | Unset): Where the page before ended: its `next`. Example: 2.
        limit (int | Unset): The most messages to return. Default: 50. Example: 1.
    """

    receiver_email: str
    sender_email: str
    before: int | Unset = UNSET
    limit: int | Unset = 50

    def to_dict(self) -> dict[str, Any]:
        receiver_email = self.receiver_email

        sender_email = self.sender_email

        before = self.before

        limit = self.limit

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "receiver_email": receiver_email,
                "sender_email": sender_email,
            }
        )
        if before is not UNSET:
            field_dict["before"] = before
        if limit is not UNSET:
            field_dict["limit"] = limit

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        receiver_email = d.pop("receiver_email")

        sender_email = d.pop("sender_email")

        before = d.pop("before", UNSET)

        limit = d.pop("limit", UNSET)

        between = cls(
            receiver_email=receiver_email,
            sender_email=sender_email,
            before=before,
            limit=limit,
        )

        return between
