"""Which language a message is in, decided on this machine: English, one that we have rules for, or another.

The detector learned English. So the question that matters is "can it read this?", and the answer must almost never
be "no" for English, however short, misspelt or full of slang; what is not English goes to a person. The evidence:

- the script: more letters of another alphabet than Latin ones (inside it, letters and words tell languages apart);
- words: at least two, and a good part of the message, that one language has and English has not;
- py3langid's scores of byte sequences (Lui and Baldwin 2012), believed only where few words are everyday English ones.

Which letters and words, and why, stands in `content/safeguarding/languages.yml`; everyday English words, counted in our
own examples, in `english_words.txt` beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import py3langid
from pydantic import model_validator

from bot.content import Content, ContentError, content_folder, read_content

UNKNOWN = "und"  # ISO 639: undetermined
FEW_ENGLISH = 0.34  # of the words of a message in another language, at most so many are everyday English ones
MOSTLY = 0.75  # of the words of a sentence in English, at least so many are everyday English ones
MARGIN = 8.0  # by how much the best other language's score (a log probability) must beat English
MANY_WORDS = 0.3  # of the words of a message, so many must be on the list of its language
SHORTEST_ALONE = 3  # letters; a message of one or two such words may be slang
SHORT = 2  # words; langid's scores of so few say nothing
PIECE_WORDS = 4  # a sentence of so many words in another language is one that the detector did not read
LONGEST_READ = 2_000  # characters of one piece; more would only cost time
# What langid calls English with a difference, and what it says when it does not know.
ALSO_ENGLISH = frozenset({"en", "pcm", "zxx"})
RENAMED = {"sdh": "ckb", "arz": "ar", "ary": "ar"}

Script = Literal["latin", "arabic", "ethiopic", "cyrillic"]
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_PIECES = re.compile(r"[.!?\n؟።։]+\s*")
_JOINERS = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


@dataclass(frozen=True)
class Tongue:
    """A language other than English. `whole` is false when part of the message is English."""

    code: str
    whole: bool = True


class ScriptRules(Content):
    languages: tuple[str, ...]
    instead: str


class LanguageRules(Content):
    script: Script
    letters: str = ""
    shared_letters: bool = False
    words: tuple[str, ...]
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()


class LanguageFile(Content):
    """`content/safeguarding/languages.yml`."""

    version: str
    scripts: dict[Script, ScriptRules]
    languages: dict[str, LanguageRules]

    @model_validator(mode="after")
    def _known(self) -> LanguageFile:
        for name, script in self.scripts.items():
            for code in (*script.languages, script.instead):
                if code not in self.languages or self.languages[code].script != name:
                    raise ValueError(f"{code} is named under {name} and has no rules of that script")
        return self


class Languages:
    """Reads the language of a message. Nothing is kept of it."""

    def __init__(self, rules: LanguageFile, english: frozenset[str]) -> None:
        self._rules = rules
        self._english = english
        self._words = {
            code: frozenset(_folded(word) for word in one.words) | frozenset(word.lower() for word in one.words)
            for code, one in rules.languages.items()
        }
        self._latin = [code for code, one in rules.languages.items() if one.script == "latin"]
        py3langid.classify("hello")  # its model is read from disk at the first call

    def of(self, text: str) -> Tongue | None:
        """The language of a message that is not English, at least in part; None for English or for no words at all."""
        visible = unicodedata.normalize("NFC", text).translate(_JOINERS).casefold()
        words = _WORD.findall(visible)
        whole = self._whole(visible, words)
        if whole is not None:
            return Tongue(whole, whole=not any(map(self._is_english_piece, _PIECES.split(visible))))
        foreign = [word for word in words if _is_of_another_script(word)]
        if len(foreign) >= PIECE_WORDS - 1:
            return Tongue(self._of_script(" ".join(foreign), foreign), whole=False)
        for piece in _PIECES.split(visible):
            its_words = _WORD.findall(piece)
            if len(its_words) >= PIECE_WORDS and (code := self._whole(piece, its_words)) is not None:
                return Tongue(code, whole=False)
        return None

    def _whole(self, text: str, words: Sequence[str]) -> str | None:
        if not words:
            return None
        letters = [letter for word in words for letter in word if letter.isalpha()]
        latin = sum(_is_latin(letter) for letter in letters)
        if 2 * latin < len(letters):
            return self._of_script(text, words)
        return self._by_words(words) or self._by_sequences(text, words)

    def _is_english_piece(self, piece: str) -> bool:
        words = _WORD.findall(piece)
        return len(words) > SHORT and sum(map(self._is_english, words)) >= MOSTLY * len(words)

    # --- Latin letters ---

    def _by_words(self, words: Sequence[str]) -> str | None:
        """Two words of one language's list that make a good part of the message, and more than its English words."""
        english = sum(self._is_english(word) for word in words)
        best, most = None, 0.0
        for code in self._latin:
            hits = self._hits(code, words)
            mine = [word for word in words if _with_letters(word, self._rules.languages[code].letters)]
            points = len(hits) + len(mine)
            if points > most:
                best, most = code, points
        if best is None:
            return None
        hits = self._hits(best, words)
        marked = any(_with_letters(word, self._rules.languages[best].letters) for word in words)
        only_foreign = [word for word in hits if not self._is_english(word)]
        if len(words) <= SHORT:
            known = len(only_foreign) == len(words) and len(max(words, key=len)) > SHORTEST_ALONE
            return best if known or (marked and not english) else None
        enough = len(set(only_foreign)) >= 2 and len(hits) >= MANY_WORDS * len(words)
        return best if enough and len(only_foreign) >= english - len(set(hits) - set(only_foreign)) else None

    def _hits(self, code: str, words: Sequence[str]) -> list[str]:
        known = self._words[code]
        return [word for word in words if word in known or _folded(word) in known]

    def _by_sequences(self, text: str, words: Sequence[str]) -> str | None:
        if len(words) <= SHORT or sum(map(self._is_english, words)) > FEW_ENGLISH * len(words):
            return None
        if len(set(words)) <= SHORT:
            return None  # "la la la" is no language
        scores = dict(py3langid.rank(text[:LONGEST_READ]))
        best = max((code for code in scores if code not in ALSO_ENGLISH), key=lambda code: scores[code])
        if scores[best] - max(scores["en"], scores["pcm"]) < MARGIN:
            return None
        return best if best in self._rules.languages else UNKNOWN

    def _is_english(self, word: str) -> bool:
        return word.replace("'", "").replace("’", "") in self._english

    # --- Other scripts ---

    def _of_script(self, text: str, words: Sequence[str]) -> str:
        """The language of a text in another script, by its letters and words; when nothing tells, the likeliest."""
        script = _script_of("".join(words))
        if script is None or script not in self._rules.scripts:
            return UNKNOWN
        rules = self._rules.scripts[script]
        points = {code: self._points(code, words) for code in rules.languages}
        best = max(rules.languages, key=lambda code: points[code])
        return best if points[best] > 0 else rules.instead

    def _points(self, code: str, words: Sequence[str]) -> float:
        """How much a text speaks for a language: its own letters weigh most, then whole words, then their ends."""
        rules = self._rules.languages[code]
        own = sum(_with_letters(word, rules.letters) for word in words) * (0.5 if rules.shared_letters else 2.0)
        ends = sum(
            len(word) > 3 and (word.startswith(rules.prefixes) or word.endswith(rules.suffixes))
            for word in words
            if rules.prefixes or rules.suffixes
        )
        return own + len(self._hits(code, words)) + 0.5 * ends


def _with_letters(word: str, letters: str) -> bool:
    return any(letter in letters for letter in word)


def _folded(word: str) -> str:
    """Lower case, without accents: a phone's keyboard often leaves them out."""
    bare = "".join(one for one in unicodedata.normalize("NFD", word.lower()) if unicodedata.category(one) != "Mn")
    return bare.replace("đ", "d").replace("ł", "l").replace("’", "'")


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(("LATIN", "FULLWIDTH LATIN", "MATHEMATICAL", "MODIFIER LETTER"))


def _is_of_another_script(word: str) -> bool:
    """At least two letters, none of them Latin: letters put in to get past a filter stand between Latin ones."""
    return len(word) > 1 and not any(_is_latin(letter) for letter in word)


def _script_of(letters: str) -> Script | None:
    names = [unicodedata.name(letter, "").partition(" ")[0] for letter in letters]
    known: dict[str, Script] = {"ARABIC": "arabic", "ETHIOPIC": "ethiopic", "CYRILLIC": "cyrillic"}
    commonest = max(set(names), key=names.count, default="")
    return known.get(commonest)


def load_languages(folder: Path | None = None) -> Languages:
    """Raises ContentError when a file is missing or wrong."""
    home = (folder or content_folder()) / "safeguarding"
    rules = read_content(home / "languages.yml", LanguageFile)
    try:
        english = frozenset((home / "english_words.txt").read_text(encoding="utf-8").split())
    except FileNotFoundError:
        raise ContentError("english_words.txt: the file is not there.") from None
    return Languages(rules, english)
