"""What a page does wrong while a test uses it."""

import urllib.parse

_OURS = ("/plugin/lr_tb/", "name=lr_tb")
_CSP = "lr_tb-csp-violation "
_REPORT_VIOLATIONS = f"""
addEventListener("securitypolicyviolation", (event) =>
  console.log("{_CSP}" + event.violatedDirective + " " + event.blockedURI));
"""


def watch(page):
    """Gather in `page.problems` what a good page of ours never does."""
    page.problems = []
    page.add_init_script(_REPORT_VIOLATIONS)
    page.on("console", lambda message: _on_console(page, message))
    page.on("pageerror", lambda error: page.problems.append(f"exception: {error.stack or error}"))
    page.on("request", lambda request: _on_request(page, request))


def _on_console(page, message):
    if message.text.startswith(_CSP):
        page.problems.append(message.text)
    elif message.type == "error" and any(part in message.location["url"] for part in _OURS):
        page.problems.append(f"console: {message.text}")


def _on_request(page, request):
    address = urllib.parse.urlsplit(request.url)
    is_local = address.hostname in ("127.0.0.1", "localhost")
    if address.scheme not in ("data", "blob") and not is_local:
        page.problems.append(f"request: {request.url}")
