from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="ReadMark")


@_attrs_define
class ReadMark:
    """How far a conversation has been read.

    Attributes:
        conversation_id (UUID): The conversation. Example: 0192f0c1-2345-7abc-8def-0123456789ab.
        through_seq (int): The number of the last entry that has been read. A mark never goes back, and never beyond the
            latest entry. Example: 2.
    """

    conversation_id: UUID
    through_seq: int

    def to_dict(self) -> dict[str, Any]:
        conversation_id = str(self.conversation_id)

        through_seq = self.through_seq

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "conversation_id": conversation_id,
                "through_seq": through_seq,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        conversation_id = UUID(d.pop("conversation_id"))

        through_seq = d.pop("through_seq")

        read_mark = cls(
            conversation_id=conversation_id,
            through_seq=through_seq,
        )

        return read_mark
