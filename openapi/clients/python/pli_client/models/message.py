from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.content_type import ContentType, check_content_type
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.envelope import Envelope
    from ..models.person import Person


T = TypeVar("T", bound="Message")


@_attrs_define
class Message:
    """A sealed message that has been delivered.

    Attributes:
        content_type (ContentType): What the letter inside holds. Example: text.
        envelope (Envelope): A sealed message: a JWE in general JSON serialization (RFC 7516, section 7.2.1).
        message_id (UUID): The `id` of the letter inside. Example: 0192f0c1-2345-7abc-8def-0123456789ab.
        receivers (list[Person]): Everybody who received it. To oneself: oneself.
        sender (Person): Someone who takes part in a message.
        sent_at (datetime.datetime): When the server accepted it. Example: 2026-11-02T09:30:00.000Z.
        file_id (UUID | Unset): The sealed file, where there is one. Example: 0192f0c1-2345-7abc-8def-0123456789ab.
        file_size (int | Unset): Bytes of the sealed file. Example: 87.
    """

    content_type: ContentType
    envelope: Envelope
    message_id: UUID
    receivers: list[Person]
    sender: Person
    sent_at: datetime.datetime
    file_id: UUID | Unset = UNSET
    file_size: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        content_type: str = self.content_type

        envelope = self.envelope.to_dict()

        message_id = str(self.message_id)

        receivers = []
        for receivers_item_data in self.receivers:
            receivers_item = receivers_item_data.to_dict()
            receivers.append(receivers_item)

        sender = self.sender.to_dict()

        sent_at = self.sent_at.isoformat()

        file_id: str | Unset = UNSET
        if not isinstance(self.file_id, Unset):
            file_id = str(self.file_id)

        file_size = self.file_size

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "content_type": content_type,
                "envelope": envelope,
                "message_id": message_id,
                "receivers": receivers,
                "sender": sender,
                "sent_at": sent_at,
            }
        )
        if file_id is not UNSET:
            field_dict["file_id"] = file_id
        if file_size is not UNSET:
            field_dict["file_size"] = file_size

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.envelope import Envelope
        from ..models.person import Person

        d = dict(src_dict)
        content_type = check_content_type(d.pop("content_type"))

        envelope = Envelope.from_dict(d.pop("envelope"))

        message_id = UUID(d.pop("message_id"))

        receivers = []
        _receivers = d.pop("receivers")
        for receivers_item_data in _receivers:
            receivers_item = Person.from_dict(receivers_item_data)

            receivers.append(receivers_item)

        sender = Person.from_dict(d.pop("sender"))

        sent_at = datetime.datetime.fromisoformat(d.pop("sent_at"))

        _file_id = d.pop("file_id", UNSET)
        file_id: UUID | Unset
        if isinstance(_file_id, Unset):
            file_id = UNSET
        else:
            file_id = UUID(_file_id)

        file_size = d.pop("file_size", UNSET)

        message = cls(
            content_type=content_type,
            envelope=envelope,
            message_id=message_id,
            receivers=receivers,
            sender=sender,
            sent_at=sent_at,
            file_id=file_id,
            file_size=file_size,
        )

        message.additional_properties = d
        return message

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
