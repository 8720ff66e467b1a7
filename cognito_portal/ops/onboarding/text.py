"""The text of a file of rows, out of its bytes."""

import codecs

from django.utils.translation import gettext as _

_WORKBOOK = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Unreadable(Exception):
    """Nothing of this can be taken. `code` is a fixed word, `words` are for whoever sent it."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code)
        self.code = code
        self.words = words


def decode(data: bytes) -> str:
    """The text of UTF-8, with a byte order mark or without one, or of UTF-16 with one. Raises Unreadable."""
    if data.startswith((_WORKBOOK, _OLD_WORKBOOK)):
        raise Unreadable(
            "workbook", _("This is a workbook, not a CSV file. Save it as “CSV UTF-8” and send that.")
        )
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable("encoding", _words(data, encoding, error.start)) from None


def _words(data: bytes, encoding: str, start: int) -> str:
    if encoding == "utf-16":
        return _("This begins like UTF-16 and is not. Save the file as “CSV UTF-8” and send that.")
    return _(
        "Line %(line)d holds characters that are not UTF-8, most often accented letters saved by an older"
        " program. Save the file as “CSV UTF-8” and send that."
    ) % {"line": data.count(b"\n", 0, start) + 1}
