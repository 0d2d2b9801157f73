"""What strangers may write where a text of theirs is kept: markup, templates, formulas, signs that hide or reorder."""

SCRIPT = "<script>alert(1)</script>"
PAYLOADS = (
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "</title></pre></textarea><svg onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;script&gt;&#60;b&#62;",
    '=HYPERLINK("http://evil.test","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
)
CONTROLS = "evil\u202egnp.exe\u2066 \x1b[31mred\x07 zero\u200bwidth"
SHOWN = "evil\ufffdgnp.exe\ufffd \ufffd[31mred\ufffd zero\ufffdwidth"
