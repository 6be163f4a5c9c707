"""What goes out: map, table, catalogue item, pictures, report; whole or not at all."""

from superemitter.publish.folder import check_free, staged
from superemitter.publish.records import csv_columns, csv_row, plume_record
from superemitter.publish.run_record import sha256_of, write_run_record
from superemitter.publish.write import OUTPUT_FILES, write_outputs

__all__ = [
    "OUTPUT_FILES",
    "check_free",
    "csv_columns",
    "csv_row",
    "plume_record",
    "sha256_of",
    "staged",
    "write_outputs",
    "write_run_record",
]
