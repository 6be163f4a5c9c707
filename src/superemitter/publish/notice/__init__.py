"""The notice of a super-emitter event: pages for people, JSON for machines."""

from superemitter.publish.notice.material import NoticeMaterial
from superemitter.publish.notice.record import SCHEMA_ID, notice_record, notice_schema
from superemitter.publish.notice.write import pdf_name, write_files, write_notice

__all__ = [
    "SCHEMA_ID",
    "NoticeMaterial",
    "notice_record",
    "notice_schema",
    "pdf_name",
    "write_files",
    "write_notice",
]
