"""The pure rules: platforms, links, names, quantities and comments, as people and panels write them."""

import json
from collections import Counter, OrderedDict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.comments import CommentsTooLarge, CommentsUnreadable, decode_file, lines_of
from shop.links import LinkProblem, LinkReason, parse_link
from shop.names import clean, is_separator, page_labels, short
from shop.platforms import PLATFORMS, platform_of_host, recognise
from shop.quantities import (
    AmountUnreadable,
    QuantityUnreadable,
    parse_amount,
    parse_plan,
    parse_quantity,
    presets,
)

REAL = Path(__file__).parents[3] / "shared" / "data" / "catalogue-1620.json"
INSTAGRAM, TELEGRAM, YOUTUBE = PLATFORMS["instagram"], PLATFORMS["telegram"], PLATFORMS["youtube"]


@pytest.fixture(scope="module")
def real() -> list[dict[str, Any]]:
    if not REAL.exists():
        pytest.skip("the real catalogue is not beside the repository")
    rows: list[dict[str, Any]] = json.loads(REAL.read_text())
    return rows


# --- platforms


def test_a_real_catalogue_stands_under_platforms(real: list[dict[str, Any]]) -> None:
    found = [(recognise(clean(row["category"]), clean(row["name"])).slug, row["category"]) for row in real]
    missed = Counter(category for slug, category in found if slug == "other")
    assert sum(missed.values()) <= len(real) * 0.05, missed
    for slug, category in found:
        if "Instagram" in category:
            assert slug == "instagram", category
        if "Telegram" in category:
            assert slug == "telegram", category


@pytest.mark.parametrize(
    ("category", "name", "slug"),
    [
        ("Youtube Short Services", "", "youtube"),
        ("X - Twitter Followers", "", "twitter"),
        ("X Followers", "", "twitter"),
        ("Thailand Services", "Instagram Video Views | Thailand", "instagram"),
        ("Social Media | Mass Report", "TikTok Account | Mass Report", "tiktok"),
        ("Telegram Post View | Cheapest", "", "telegram"),
        ("Instagram Followers | Max 10K", "", "instagram"),
        ("Подписчики Телеграм", "", "telegram"),
        ("Ютуб просмотры", "", "youtube"),
        ("IG Likes", "", "instagram"),
        ("𝗜𝗻𝘀𝘁𝗮𝗴𝗿𝗮𝗺 Likes", "", "instagram"),
        ("Mixcloud", "Mixcloud Plays", "mixcloud"),
        ("Best Services", "Max 100k | Big discount", "other"),
        ("", "", "other"),
    ],
)
def test_platforms_are_recognised(category: str, name: str, slug: str) -> None:
    assert recognise(category, name).slug == slug


def test_every_platform_fits_a_button_and_knows_its_example() -> None:
    for slug, platform in PLATFORMS.items():
        assert slug == platform.slug
        assert slug.isascii()
        assert len(slug) <= 12
        if platform.handle_url is not None:
            assert parse_link(platform.example, platform).platform is platform
            assert parse_link(platform.handle_example, platform).platform is platform
    apps = platform_of_host("play.google.com")
    assert apps is not None
    assert apps.slug == "apps"
    assert platform_of_host("notinstagram.com") is None


# --- links


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("instagram.com/nasa", "https://instagram.com/nasa"),
        ("@nasa", "https://instagram.com/nasa"),
        ("nasa", "https://instagram.com/nasa"),
        ("https://www.Instagram.com/Nasa/", "https://instagram.com/Nasa"),
        ("http://m.instagram.com/nasa?igsh=abc&utm_source=x#top", "https://instagram.com/nasa"),
        ("https://instagram.com/p/AbC/?img_index=2", "https://instagram.com/p/AbC?img_index=2"),
        ("Look: https://instagram.com/p/AbC/!", "https://instagram.com/p/AbC"),
        ("//instagram.com/nasa", "https://instagram.com/nasa"),
    ],
)
def test_links_are_normalised(text: str, url: str) -> None:
    link = parse_link(text, INSTAGRAM)
    assert (link.url, link.shown, link.platform) == (url, url.removeprefix("https://"), INSTAGRAM)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", LinkReason.EMPTY),
        ("hello there", LinkReason.EMPTY),
        ("🎉🎉", LinkReason.EMPTY),
        ("javascript:alert(1)", LinkReason.MALFORMED),
        ("ftp://instagram.com/x", LinkReason.MALFORMED),
        ("instagram.com", LinkReason.MALFORMED),
        ("https://", LinkReason.MALFORMED),
        ("<b>", LinkReason.MALFORMED),
        ("http://localhost/x", LinkReason.PRIVATE),
        ("http://192.168.1.1/x", LinkReason.PRIVATE),
        ("https://user:pass@instagram.com/x", LinkReason.PRIVATE),
        ("https://instagram.com/accounts/login", LinkReason.PRIVATE),
        ("https://tiktok.com/@x", LinkReason.FOREIGN),
        ("https://example.com/x", LinkReason.FOREIGN),
        ("instagram.com/a and instagram.com/b", LinkReason.SEVERAL),
        ("x" * 4096, LinkReason.TOO_LONG),
        ("https://instagram.com/" + "x" * 4000, LinkReason.TOO_LONG),
    ],
)
def test_what_is_no_link_has_a_reason(text: str, reason: LinkReason) -> None:
    with pytest.raises(LinkProblem) as problem:
        parse_link(text, INSTAGRAM)
    assert problem.value.reason is reason


def test_a_foreign_link_names_its_platform_and_can_be_insisted_on() -> None:
    with pytest.raises(LinkProblem) as problem:
        parse_link("tiktok.com/@x", INSTAGRAM)
    assert problem.value.found is PLATFORMS["tiktok"]
    assert parse_link("tiktok.com/@x", INSTAGRAM, insist=True).url == "https://tiktok.com/@x"
    with pytest.raises(LinkProblem):
        parse_link("https://t.me/+AbC", INSTAGRAM, insist=True)


def test_links_of_other_platforms() -> None:
    assert parse_link("tg://resolve?domain=durov", TELEGRAM).url == "https://t.me/durov"
    assert parse_link("t.me/durov/12", TELEGRAM).url == "https://t.me/durov/12"
    assert parse_link("https://youtu.be/abc?si=1", YOUTUBE).url == "https://youtu.be/abc"
    watch = parse_link("https://www.youtube.com/watch?v=abc&feature=share", YOUTUBE)
    assert watch.url == "https://youtube.com/watch?v=abc"
    assert parse_link("http://пример.рф/страница", PLATFORMS["web"]).url.startswith("http://xn--")
    assert parse_link("https://shop.example.com:8443/?a=1&utm_x=2", PLATFORMS["web"]).url == (
        "https://shop.example.com:8443?a=1"
    )
    with pytest.raises(LinkProblem) as problem:
        parse_link("nasa", PLATFORMS["discord"])
    assert problem.value.reason is LinkReason.HANDLE_NOT_TAKEN


@given(st.text(max_size=200), st.sampled_from(list(PLATFORMS.values())), st.booleans())
def test_any_words_are_a_link_or_a_problem(text: str, platform: Any, insist: bool) -> None:
    try:
        link = parse_link(text, platform, insist=insist)
    except LinkProblem:
        return
    assert link.url.startswith(("https://", "http://"))
    assert len(link.url) <= 2048
    assert parse_link(link.url, platform, insist=True).url == link.url  # normalised once and for all


# --- names


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("  Followers\n &amp; Likes\u200b ", "Followers & Likes"),
        ("\u202eevil\u202c", "evil"),
        ("Family 👨‍👩‍👧 flag 🇺🇸", "Family 👨‍👩‍👧 flag 🇺🇸"),
    ],
)
def test_names_are_cleaned(name: str, cleaned: str) -> None:
    assert clean(name) == cleaned


def test_names_are_cut_at_a_word_and_never_inside_an_emoji() -> None:
    assert short("Instagram Followers Real", 15) == "Instagram…"
    assert short("short", 40) == "short"
    assert short("🇺🇸🇬🇧🇫🇷🇩🇪", 3) == "🇺🇸🇬🇧…"
    assert short("👨‍👩‍👧" * 10, 4).count("👨‍👩‍👧") == 3


def test_what_all_names_share_is_left_out() -> None:
    names = ["Instagram Followers | Real | 30 Days", "Instagram Followers | Bot | 30 Days"]
    assert page_labels(names, category="Instagram Followers", limit=30) == ["Real", "Bot"]
    alone = page_labels(["Instagram Followers | Real"], category="Instagram Followers", limit=30)
    assert alone == ["Real"]
    ends = [f"{'x' * 50} server {number}" for number in (1, 2)]
    assert len(set(page_labels(ends, category="", limit=20))) == 2
    assert page_labels(["", "a"], category="c", limit=10)[1] == "a"


def test_labels_of_a_real_catalogue_tell_services_apart(real: list[dict[str, Any]]) -> None:
    categories: OrderedDict[str, list[str]] = OrderedDict()
    for row in real:
        categories.setdefault(row["category"], []).append(row["name"])
    for category, names in categories.items():
        for start in range(0, len(names), 8):
            part = names[start : start + 8]
            labels = page_labels(part, category=category, limit=40)
            assert all(labels)
            assert len(set(labels)) == len({clean(name) for name in part}), (category, labels)


@given(st.lists(st.text(max_size=80), min_size=1, max_size=8), st.integers(8, 60))
def test_different_names_have_different_labels(names: list[str], limit: int) -> None:
    names = [name for name in names if clean(name)] or ["x"]
    labels = page_labels(names, category="Category", limit=limit)
    assert all(labels)
    assert len(set(labels)) == len({clean(name) for name in names})


def test_separators() -> None:
    for name in ("/-----", "=====", "---- Instagram ----", "►►►"[:0] + "———", "***"):
        assert is_separator(name), name
    for name in ("Instagram Likes", "🔥🔥", "TikTok - Views - Fast", "123572"):
        assert not is_separator(name), name


# --- quantities


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1000", 1000),
        (" 1 000 ", 1000),
        ("1\u00a0000", 1000),
        ("1,000", 1000),
        ("1.000.000", 1_000_000),
        ("1k", 1000),
        ("1,5k", 1500),
        ("1.5K", 1500),
        ("10к", 10_000),
        ("2m", 2_000_000),
        ("5 тыс.", 5000),
        ("١٠٠", 100),
        ("۱۲۰", 120),
        ("0", 0),
    ],
)
def test_quantities_as_people_type_them(text: str, count: int) -> None:
    assert parse_quantity(text) == count


@pytest.mark.parametrize("text", ["", "many", "1.5", "0,5", "-7", "1e5", "1k5", "9" * 30, "²", "1..0", ",", "9" * 13])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(QuantityUnreadable):
        parse_quantity(text)


@given(st.text(max_size=60))
def test_any_words_are_a_quantity_or_unreadable(text: str) -> None:
    for parse in (parse_quantity, parse_plan):
        try:
            parse(text)
        except QuantityUnreadable:
            continue


def test_plans_and_presets() -> None:
    assert [parse_plan(text) for text in ("5 60", "5x60", "5 × 60", "5/60", "5")] == [(5, 60)] * 4 + [(5, None)]
    for text in ("x", "5 a", ""):
        with pytest.raises(QuantityUnreadable):
            parse_plan(text)
    assert presets(10, 500_000) == [100, 1000, 5000]
    assert presets(7, 7) == [7]


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_presets_always_fit(minimum: int, more: int) -> None:
    found = presets(minimum, minimum + more)
    assert found == sorted(set(found))
    assert 1 <= len(found) <= 3
    assert all(minimum <= count <= minimum + more for count in found)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("5", "5"), ("5.00", "5"), ("5,50", "5.5"), ("5,5", "5.5"), ("$5", "5"), ("5$", "5"), ("5 USD", "5"),
        ("usd 5", "5"), ("US$ 5", "5"), ("+5", "5"), ("-3", "-3"), ("−3", "-3"), ("-$3", "-3"), ("0", "0"),
        ("1 000", "1000"), ("1\u202f000,50", "1000.5"), ("1,000.50", "1000.5"), ("1.000,50", "1000.5"),
        ("1'000.5", "1000.5"), ("1,000,000", "1000000"), ("1 000 000", "1000000"), ("1234567", "1234567"),
        ("٥", "5"), ("٥٫٥٠", "5.5"), ("۱۲", "12"), ("١٬٠٠٠", "1000"), ("\u200f٥ $", "5"), (" 5 \n", "5"),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_it_is_written(written: str, amount: str) -> None:
    assert parse_amount(written) == Decimal(amount)


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "five", "--1", "-+1", "nan", "inf", "1e3", "0x5", "5k", "½", "五", ".5", "5.", "5 50", "10 00", "5-6",
        "1,000", "1.000", "1.234", "10,000", "1,000,50", "1.000.50", "5.123", "1,00,000.50", "1 000 00",
        "€5", "5 EUR", "5 USDT", "$5$", "USD", "$", "9" * 14, "9" * 50, "1" + " 000" * 6,
    ],
)  # fmt: skip
def test_an_amount_that_is_none_or_could_be_two_is_asked_again(written: str) -> None:
    with pytest.raises(AmountUnreadable):
        parse_amount(written)


def test_an_amount_is_of_the_currency_that_was_asked_for() -> None:
    assert parse_amount("€5,50", "EUR") == parse_amount("5.5 eur", "EUR") == Decimal("5.5")
    assert parse_amount("100 руб.", "RUB") == parse_amount("100₽", "RUB") == parse_amount("100р", "RUB") == 100
    assert parse_amount("12.5 usdt", "USDT") == Decimal("12.5")
    for text in ("$5", "5 USD"):
        with pytest.raises(AmountUnreadable):
            parse_amount(text, "EUR")


def test_a_rate_has_more_places_and_is_no_less_clear() -> None:
    rates = {
        "0.077": "0.077",
        "0,00000154": "0.00000154",
        "1.0830": "1.083",
        "65 000.125": "65000.125",
        "1234.567": "1234.567",
    }
    assert {text: parse_amount(text, places=8) for text in rates} == {k: Decimal(v) for k, v in rates.items()}
    for text in ("1.083", "65,000", "0.123456789"):
        with pytest.raises(AmountUnreadable):
            parse_amount(text, places=8)


@given(st.decimals(min_value=0, max_value=10**12, places=2), st.sampled_from([",.", ".,", " .", " ,", "'."]))
def test_every_sum_of_money_grouped_and_pointed_is_read_back(amount: Decimal, marks: str) -> None:
    written = f"{amount:,.2f}".translate({ord(","): marks[0], ord("."): marks[1]})
    assert parse_amount(written) == amount


# --- comments


def test_comments_come_in_lines_and_files() -> None:
    assert lines_of("one\r\n\n two \u2028three\r") == ("one", "two", "three")
    assert decode_file("Привет".encode()) == "Привет"
    assert decode_file("Привет".encode("cp1251")) == "Привет"
    assert decode_file("Привет".encode("utf-8-sig")) == "Привет"
    assert decode_file("Привет".encode("utf-16")) == "Привет"
    with pytest.raises(CommentsUnreadable):
        decode_file(b"\x00\x01")
    with pytest.raises(CommentsUnreadable):
        decode_file(b"PK\x03\x04 zip")
    with pytest.raises(CommentsUnreadable):
        decode_file(b"\xff\xfe\x00")
    with pytest.raises(CommentsTooLarge):
        decode_file(b"x" * 1_048_577)
