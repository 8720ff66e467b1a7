"""The one way in for a file: no other page takes one (cognito_portal.middleware.RefuseUploads)."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload

FIELD = "file"
MOST_BYTES = 5 * 1024 * 1024
# So much of a larger request is still read, and thrown away, so that its sender sees a page and no broken line.
MOST_DRAINED_BYTES = 64 * 1024 * 1024


class OneFile(FileUploadHandler):
    """Takes the first file of the field FIELD, up to MOST_BYTES, into memory; `is_too_big` tells of more."""

    is_too_big = False
    _length = 0
    _has_one = False

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        self._length = content_length

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        if field_name != FIELD or self._has_one:
            raise SkipFile
        self._has_one = True
        super().new_file(field_name, *args, **kwargs)
        self._taken = BytesIO()
        if self._length > MOST_DRAINED_BYTES:
            self.is_too_big = True
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > MOST_BYTES:
            self.is_too_big = True
            self._taken = BytesIO()
        if not self.is_too_big:
            self._taken.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:
        if self.is_too_big:
            return None
        self._taken.seek(0)
        return InMemoryUploadedFile(
            file=self._taken,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=None,
        )
