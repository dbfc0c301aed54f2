from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.message import Message
    from ..models.person import Person


T = TypeVar("T", bound="Conversation")


@_attrs_define
class Conversation:
    """A conversation: everything between exactly these people.

    Attributes:
        id (UUID): Its identifier, the same for all who take part. Example: 0192f0c1-2345-7abc-8def-0123456789ab.
        last_seq (int): The number of the latest entry in the caller's mailbox. Example: 3.
        participants (list[Person]): Everybody who takes part, oneself included.
        unread (int): How many messages of others are unread. Example: 0.
        last_message (Message | Unset): A sealed message that has been delivered.
    """

    id: UUID
    last_seq: int
    participants: list[Person]
    unread: int
    last_message: Message | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        last_seq = self.last_seq

        participants = []
        for participants_item_data in self.participants:
            participants_item = participants_item_data.to_dict()
            participants.append(participants_item)

        unread = self.unread

        last_message: dict[str, Any] | Unset = UNSET
        if not isinstance(self.last_message, Unset):
            last_message = self.last_message.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "last_seq": last_seq,
                "participants": participants,
                "unread": unread,
            }
        )
        if last_message is not UNSET:
            field_dict["last_message"] = last_message

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.message import Message
        from ..models.person import Person

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        last_seq = d.pop("last_seq")

        participants = []
        _participants = d.pop("participants")
        for participants_item_data in _participants:
            participants_item = Person.from_dict(participants_item_data)

            participants.append(participants_item)

        unread = d.pop("unread")

        _last_message = d.pop("last_message", UNSET)
        last_message: Message | Unset
        if isinstance(_last_message, Unset):
            last_message = UNSET
        else:
            last_message = Message.from_dict(_last_message)

        conversation = cls(
            id=id,
            last_seq=last_seq,
            participants=participants,
            unread=unread,
            last_message=last_message,
        )

        conversation.additional_properties = d
        return conversation

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
