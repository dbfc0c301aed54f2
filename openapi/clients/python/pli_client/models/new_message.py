from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.content_type import ContentType, check_content_type
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.envelope import Envelope


T = TypeVar("T", bound="NewMessage")


@_attrs_define
class NewMessage:
    """A message to send.

    Attributes:
        content_type (ContentType): What the letter inside holds. Example: text.
        envelope (Envelope): A sealed message: a JWE in general JSON serialization (RFC 7516, section 7.2.1).
        message_id (UUID): The `id` of the letter inside, unique over all messages. Sending the same message twice gives
            the first answer again. Example: 0192f0c1-2345-7abc-8def-0123456789ab.
        receiver_email (str): The receiver. Example: bob@example.org.
        cc_emails (list[str] | Unset): Further receivers. Example: ['alice@example.org'].
        file_id (UUID | Unset): The sealed file; exactly when `content_type` is `file`. Example:
            0192f0c1-2345-7abc-8def-0123456789ab.
        sender_email (str | Unset): The sender, which is always the account of the token. Example: bob@example.org.
    """

    content_type: ContentType
    envelope: Envelope
    message_id: UUID
    receiver_email: str
    cc_emails: list[str] | Unset = UNSET
    file_id: UUID | Unset = UNSET
    sender_email: str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        content_type: str = self.content_type

        envelope = self.envelope.to_dict()

        message_id = str(self.message_id)

        receiver_email = self.receiver_email

        cc_emails: list[str] | Unset = UNSET
        if not isinstance(self.cc_emails, Unset):
            cc_emails = self.cc_emails

        file_id: str | Unset = UNSET
        if not isinstance(self.file_id, Unset):
            file_id = str(self.file_id)

        sender_email = self.sender_email

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "content_type": content_type,
                "envelope": envelope,
                "message_id": message_id,
                "receiver_email": receiver_email,
            }
        )
        if cc_emails is not UNSET:
            field_dict["cc_emails"] = cc_emails
        if file_id is not UNSET:
            field_dict["file_id"] = file_id
        if sender_email is not UNSET:
            field_dict["sender_email"] = sender_email

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.envelope import Envelope

        d = dict(src_dict)
        content_type = check_content_type(d.pop("content_type"))

        envelope = Envelope.from_dict(d.pop("envelope"))

        message_id = UUID(d.pop("message_id"))

        receiver_email = d.pop("receiver_email")

        cc_emails = cast(list[str], d.pop("cc_emails", UNSET))

        _file_id = d.pop("file_id", UNSET)
        file_id: UUID | Unset
        if isinstance(_file_id, Unset):
            file_id = UNSET
        else:
            file_id = UUID(_file_id)

        sender_email = d.pop("sender_email", UNSET)

        new_message = cls(
            content_type=content_type,
            envelope=envelope,
            message_id=message_id,
            receiver_email=receiver_email,
            cc_emails=cc_emails,
            file_id=file_id,
            sender_email=sender_email,
        )

        return new_message
