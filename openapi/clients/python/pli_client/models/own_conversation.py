from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.person import Person


T = TypeVar("T", bound="OwnConversation")


@_attrs_define
class OwnConversation:
    """What is kept of a conversation.

    Attributes:
        id (UUID): Its identifier. Example: 0192f0c1-2345-7abc-8def-0123456789ab.
        last_seq (int): The number of its latest entry. Example: 3.
        participants (list[Person]): Everybody who takes part.
        read_seq (int): The number of the last entry that was marked as read. Example: 0.
    """

    id: UUID
    last_seq: int
    participants: list[Person]
    read_seq: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        last_seq = self.last_seq

        participants = []
        for participants_item_data in self.participants:
            participants_item = participants_item_data.to_dict()
            participants.append(participants_item)

        read_seq = self.read_seq

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "last_seq": last_seq,
                "participants": participants,
                "read_seq": read_seq,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.person import Person

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        last_seq = d.pop("last_seq")

        participants = []
        _participants = d.pop("participants")
        for participants_item_data in _participants:
            participants_item = Person.from_dict(participants_item_data)

            participants.append(participants_item)

        read_seq = d.pop("read_seq")

        own_conversation = cls(
            id=id,
            last_seq=last_seq,
            participants=participants,
            read_seq=read_seq,
        )

        own_conversation.additional_properties = d
        return own_conversation

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
