"""The operator's answer as a file that a person can fill and return."""

from superemitter.publish.forms.answer import read_answer, write_answer_form
from superemitter.publish.forms.attachments import (
    Attachment,
    inspect_attachment,
    manifest,
    manifest_bytes,
    read_manifest,
    with_attachments,
)
from superemitter.publish.forms.filled import FilledForm

__all__ = [
    "Attachment",
    "FilledForm",
    "inspect_attachment",
    "manifest",
    "manifest_bytes",
    "read_answer",
    "read_manifest",
    "with_attachments",
    "write_answer_form",
]
