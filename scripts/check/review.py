"""Drives the page of `emend review` in headless Chromium, by its keys alone.

    scripts/check/review.py [--emend PROGRAM] [--records N] [--shots DIR] [--chromium PROGRAM]

Without --records it makes a small output, decides it (keep, accept, another label, neither, skip,
note, undo), kills emend in between, compares the file of decisions, and looks at the page at
three widths in light and dark. With --records it makes an output of N suspects, decides 300 of
them and prints how long it takes from a key to the next record; it fails if the 99th percentile is
50 ms or more. If the package axe-core-python is installed, axe-core looks for what makes the page
hard to use for some people.
"""

import argparse
import base64
import hashlib
import importlib.util
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LABELS = ["cancel_reservation", "calendar", "book_flight", "weather", "تذكير", "<b>bold</b>"]


def line(number, label, proposal, text, rank, near):
    """One line of an output as emend run writes it."""
    neighbours = [
        {"id": f"r{n}", "label": LABELS[n % 4], "similarity": 0.93 - n % 5 / 100} for n in near
    ]
    emend = {
        "credibility": 0.04,
        "flagged": True,
        "action": "review",
        "label": label,
        "proposal": proposal,
        "soft_label": {proposal: 0.9, label: 0.06, LABELS[(number + 1) % 4]: 0.04},
        "weight": 0.06,
        "utility": -0.4,
        "review_rank": rank,
        "evidence": {
            "neighbours": neighbours,
            "signals": {"ridge": 0.02, "lexical": 0.11, "knn50": 0.2},
        },
    }
    return json.dumps(
        {"id": f"r{number}", "text": text, "label": label, "emend": emend}, ensure_ascii=False
    )


def make_output(folder, count):
    attack = "document.title='attacked'"
    texts = [
        "cancel my reservation for dinner tonight",
        f'<img src=x onerror="{attack}"><script>{attack}</script>',
        "ذكرني بأن أتصل بأمي غدا في السابعة مساء من فضلك",
        "line one of a longer text\nline two, " + "which goes on and on, " * 30,
        "x" * 400,
    ]
    with open(folder / "sample.jsonl", "w", encoding="utf-8") as output:
        for number in range(count):
            given, proposal = LABELS[number % 6], LABELS[(number + 1) % 6]
            text = (
                texts[number]
                if number < len(texts)
                else f"record {number}: will it rain in town {number % 97}?"
            )
            near = [(number * 7 + step * 13 + 1) % count for step in range(5)]
            output.write(line(number, given, proposal, text, number + 1, near) + "\n")
    digest = hashlib.sha256((folder / "sample.jsonl").read_bytes()).hexdigest()
    report = {
        "format": 1,
        "input": {
            "name": "sample", "digest": "", "bytes": 0, "lines": count, "records": count,
            "rejected": 0, "kinds": {},
        },
        "output": {"digest": digest},
        "counts": {
            "kept": 0, "corrected": 0, "review": count, "proposed": 0, "protected": 0,
            "flagged": count, "truncated": 0,
        },
        "labels": [], "transitions": [], "suspects": [], "notes": [],
        "provenance": {
            "version": "", "rules": "", "rules_digest": "", "mode": "auto", "signals": [],
            "seed": 1,
        },
    }  # fmt: skip
    (folder / "sample.report.json").write_text(json.dumps(report))
    return folder / "sample.jsonl"


class Review:
    """emend review, as a process."""

    def __init__(self, program, output, *more):
        command = [program, "review", str(output), "--no-browser", *more]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.address = None
        for text in self.process.stderr:
            if found := re.search(r"http://127\.0\.0\.1:\d+/[0-9a-f]{32}/", text):
                self.address = found[0]
            if "Ctrl-C" in text:
                break
        if not self.address:
            sys.exit(f"check/review: emend review printed no address: {self.process.stderr.read()}")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self):
        return self.process.communicate(timeout=60)[0]


class Browser:
    """Chromium, spoken to by its DevTools protocol over a pipe."""

    def __init__(self, program, folder):
        to_read, self.to = os.pipe()
        self.source, to_write = os.pipe()

        def connect():
            os.dup2(to_read, 3)
            os.dup2(to_write, 4)

        command = [
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--remote-debugging-pipe", "--hide-scrollbars",
            f"--user-data-dir={folder}", "about:blank",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, preexec_fn=connect, close_fds=True, pass_fds=(3, 4),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_read)
        os.close(to_write)
        self.buffer, self.number, self.problems = b"", 0, []

    def ask(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        number = self.number
        while True:
            answer = self.receive()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def receive(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.source, 1 << 20)
            if not piece:
                raise RuntimeError("Chromium has ended")
            self.buffer += piece
        text, self.buffer = self.buffer.split(b"\0", 1)
        answer = json.loads(text)
        if answer.get("method") == "Log.entryAdded":
            self.problems.append(answer["params"]["entry"]["text"])
        if answer.get("method") == "Runtime.exceptionThrown":
            self.problems.append(
                answer["params"]["exceptionDetails"]
                .get("exception", {})
                .get("description", "exception")
            )
        return answer

    def page(self, address):
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ["Page", "Runtime", "Log"]:
            page.ask(f"{domain}.enable")
        page.size(1400, 900)
        page.ask("Page.navigate", url=address)
        page.wait("document.readyState === 'complete' && !!document.getElementById('name')")
        return page

    def end(self):
        self.process.terminate()
        self.process.wait()


class Page:
    def __init__(self, browser, session):
        self.browser, self.session = browser, session

    def ask(self, method, **parameters):
        return self.browser.ask(method, self.session, **parameters)

    def value(self, script):
        result = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait(self, script, seconds=20):
        end = time.monotonic() + seconds
        while not self.value(script):
            if time.monotonic() > end:
                shown = self.value("document.body.innerText")
                raise SystemExit(
                    f"check/review: this did not happen: {script}; the page says:\n{shown}"
                )
            time.sleep(0.002)

    KEYS = {
        "Enter": ("Enter", 13, "\r"),
        "Escape": ("Escape", 27, None),
        "ArrowDown": ("ArrowDown", 40, None),
    }

    def press(self, key):
        code, number, text = self.KEYS.get(
            key, (None, ord(key.upper()) if len(key) == 1 else 0, key)
        )
        more = {"key": key, "code": code or "", "windowsVirtualKeyCode": number}
        down = {
            "type": "keyDown" if text else "rawKeyDown",
            **more,
            **({"text": text} if text else {}),
        }
        self.ask("Input.dispatchKeyEvent", **down)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **more)

    def type(self, text):
        self.ask("Input.insertText", text=text)

    def begin(self, name):
        self.value("document.getElementById('name').value = ''")
        self.type(name)
        self.press("Enter")
        self.wait("state.view !== null")

    def index(self):
        return self.value("state.view && state.view.card ? state.view.card.index : null")

    def answer(self, *keys):
        """Presses keys, and waits until another record is shown."""
        before = self.index()
        for key in keys:
            self.press(key)
        self.wait(f"(state.view.card ? state.view.card.index : null) !== {before} && !state.isBusy")

    def size(self, width, height):
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )

    def dark(self, is_dark):
        scheme = "dark" if is_dark else "light"
        self.ask(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    def shot(self, path):
        data = self.ask("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(data))


def expect(condition, text):
    if not condition:
        sys.exit(f"check/review: {text}")


def decisions(folder):
    return [
        json.loads(text)
        for text in (folder / "sample.decisions.jsonl").read_text("utf-8").splitlines()
    ]


def check_keys(arguments, folder, browser):
    output = make_output(folder, 12)
    review = Review(arguments.emend, output)
    page = browser.page(review.address)
    page.begin("Anna Ä")
    expect(page.index() == 0, "the most suspect record comes first")
    page.answer("k")
    page.press("m")
    page.type("it shows markup")
    page.ask(
        "Input.dispatchKeyEvent",
        type="rawKeyDown",
        key="Enter",
        modifiers=2,
        windowsVirtualKeyCode=13,
    )
    page.wait("state.note === 'it shows markup'")
    page.answer("a")
    expect(
        page.value("document.title").startswith("sample.jsonl"),
        "a text of the dataset was run as a script",
    )
    page.press("l")
    page.type("weath")
    page.wait("chooser.options.length === 1")
    page.answer("Enter")
    page.answer("n")
    page.answer("s")
    page.answer("2")
    page.answer("k")
    page.press("u")
    page.wait("state.view.card.index === 6")
    expected = [
        ("r0", "keep", None), ("r1", "change", LABELS[2]), ("r2", "change", "weather"),
        ("r3", "neither", None), ("r4", "skip", None), ("r5", "keep", None),
        ("r6", "keep", None), ("r6", "skip", None),
    ]  # fmt: skip
    written = [(one["id"], one["decision"], one.get("label")) for one in decisions(folder)]
    expect(written == expected, f"the file of decisions has {written}")
    expect(decisions(folder)[1]["note"] == "it shows markup", "the note is missing")
    expect(all(one["by"] == "Anna Ä" for one in decisions(folder)), "the name is missing")
    # Killed and started again, it goes on with the same record; what was skipped comes last.
    review.kill()
    page.press("k")
    page.wait("!document.getElementById('message').hidden")
    review = Review(arguments.emend, output)
    page = browser.page(review.address)
    page.begin("Anna Ä")
    expect(page.index() == 6, f"after a kill it goes on with record {page.index()}")
    other = browser.page(review.address)
    other.begin("Ben")
    expect(
        other.index() == 4,
        f"the other one is shown {other.index()}, not what the first one skipped",
    )
    for shown in [page, other]:
        while shown.value("state.view.turn") == "record":
            shown.answer("a")
    page.wait("state.view.turn === 'finished'")
    ids = [one["id"] for one in decisions(folder) if one["decision"] != "skip"]
    expect(sorted(set(ids)) == sorted(f"r{n}" for n in range(12)), "not all records are decided")
    expect(len(ids) == 13, "a record was decided twice")
    for shown in [other, page]:
        shown.value("finish()")
        shown.wait("state.isOver")
    end = review.end()
    expect("emend apply" in end and "12 records decided" in end, f"at the end it says: {end}")
    return page


def check_looks(arguments, folder, browser):
    output = make_output(folder, 12)
    (folder / "sample.decisions.jsonl").unlink(missing_ok=True)
    review = Review(arguments.emend, output)
    page = browser.page(review.address)
    page.begin("Anna")
    views = {
        "first": [], "markup": ["k"], "rtl": ["k"], "long": ["k"], "wide": ["k"],
        "chooser": ["k", "l"],
        "help": ["Escape", "?"], "note": ["Escape", "m"],
    }  # fmt: skip
    for name, keys in views.items():
        for key in keys:
            page.answer(key) if key == "k" else page.press(key)
        for width, height in [(360, 740), (800, 900), (1400, 900)]:
            page.size(width, height)
            wide = page.value("document.documentElement.scrollWidth")
            expect(
                wide <= width, f"{name}: the page is {wide} px wide where the window has {width}"
            )
            for dark in [False, True]:
                page.dark(dark)
                if arguments.shots:
                    page.shot(
                        pathlib.Path(arguments.shots)
                        / f"{name}-{width}-{'dark' if dark else 'light'}.png"
                    )
                check_access(page, f"{name} at {width}")
    page.press("Escape")
    page.size(1400, 900)
    review.kill()


def check_access(page, name):
    spec = importlib.util.find_spec("axe_core_python")
    if not spec:
        return
    script = next(pathlib.Path(spec.origin).parent.rglob("axe.min.js")).read_text("utf-8")
    # The page's own policy allows no foreign script; the protocol's evaluation is not bound by it.
    page.value(script + "; 0")
    found = page.value("axe.run(document).then(found => JSON.stringify(found.violations))")
    violations = [
        f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:120]})" for one in json.loads(found)
    ]
    expect(not violations, f"{name}: axe-core finds " + "; ".join(violations))


def check_speed(arguments, folder, browser):
    output = make_output(folder, arguments.records)
    started = time.monotonic()
    review = Review(arguments.emend, output)
    print(f"{arguments.records} records: the address after {time.monotonic() - started:.1f} s")
    page = browser.page(review.address)
    page.begin("Anna")
    for number in range(300):
        page.answer("ka"[number % 2])
    page.wait("performance.getEntriesByName('next record').length >= 300")
    times = page.value("performance.getEntriesByName('next record').map(entry => entry.duration)")
    times.sort()
    memory = re.search(
        r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{review.process.pid}/status").read_text()
    )[1]
    share = {
        name: times[int(len(times) * part)]
        for name, part in [("median", 0.5), ("p90", 0.9), ("p99", 0.99)]
    }
    print(
        f"{len(times)} decisions, from key to next record: "
        + ", ".join(f"{name} {value:.1f} ms" for name, value in share.items())
        + f", longest {times[-1]:.1f} ms; memory of emend {int(memory) // 1024} MiB"
    )
    expect(len(decisions(folder)) == 300, "not every decision is on disk")
    review.kill()
    expect(share["p99"] < 50, "the 99th percentile is 50 ms or more")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--emend", default=str(pathlib.Path(__file__).parents[2] / ".build/release/emend")
    )
    parser.add_argument("--records", type=int)
    parser.add_argument("--shots", help="folder for pictures of the page")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    arguments = parser.parse_args()
    if arguments.shots:
        pathlib.Path(arguments.shots).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        browser = Browser(arguments.chromium, folder / "browser")
        try:
            if arguments.records:
                check_speed(arguments, folder, browser)
            else:
                check_keys(arguments, folder, browser)
                check_looks(arguments, folder, browser)
            # While emend is killed, the page cannot reach it.
            problems = [
                text
                for text in browser.problems
                if "ERR_CONNECTION" not in text and "Failed to load" not in text
            ]
            expect(not problems, f"Chromium reports: {problems}")
        finally:
            browser.end()
    print("check/review: the page does what it should")


if __name__ == "__main__":
    main()
