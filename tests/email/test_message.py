from integrations.email.message import OutgoingMail, inline_css


def test_rules_move_to_the_elements_and_media_queries_stay() -> None:
    page = "<html><head><style>p{color:#123}@media print{p{color:#000}}</style></head><body><p>Hi</p></body></html>"
    inlined = inline_css(page)
    assert '<p style="color: #123;">Hi</p>' in inlined
    assert "@media print" in inlined


def test_inlining_the_same_page_twice_gives_the_same_bytes() -> None:
    page = "<html><head><style>p{margin:0;color:#123}</style></head><body><p class='a b'>Hi</p></body></html>"
    assert inline_css(page) == inline_css(page)


def test_a_message_keeps_its_message_id(mail: OutgoingMail) -> None:
    assert mail.message_id == "<receipt.K7M2-4QXD@fern.example>"
