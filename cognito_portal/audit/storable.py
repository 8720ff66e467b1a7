"""Text from outside, made fit to be stored, exported and read on one line."""

import unicodedata

_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_HIDDEN = [*range(0x80, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
_VISIBLE = _PICTURES | dict.fromkeys([*_HIDDEN, *range(0xD800, 0xE000)], 0xFFFD)


def storable(text: str, limit: int) -> str:
    """`text` cut to `limit` characters, with nothing in it that could break a line, a terminal or a database.

    Control characters become their pictures (U+2400 and on); line and paragraph separators, bidirectional
    overrides and lone surrogates become U+FFFD. The rest is kept as it is.
    """
    cut = text[:limit]
    return cut if cut.isprintable() else cut.translate(_VISIBLE)


def account_of(typed: str) -> str:
    """The one form of all spellings of a username: stripped, NFKC, case-folded (decision D4).

    It is its own form, so it is folded until it stays: cutting and folding each open room for the other.
    """
    account = typed[:256]
    for _ in range(8):
        # Blanks go first: a tab or line feed made visible could not be stripped any more.
        folded = storable(unicodedata.normalize("NFKC", account.strip()).casefold().strip(), 256)
        if folded == account:
            break
        account = folded
    return account
