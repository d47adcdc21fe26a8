"""page.py FOLDER PAGE... - opens report pages in Chromium and looks at them as a reader would.

Chromium is spoken to over its pipe, in its DevTools protocol, with Python's own library. For each
page PAGE.html in FOLDER: no message on the console, no request but the page itself, no body wider
than the window, every figure has its data as a table, the keyboard reaches a point of each figure
and shows its tip, a zoom changes the axis and goes back, no text of a figure is below 12 px but
the powers of ten. Pictures of the page in light and dark, 360 px wide and on paper go to FOLDER.
"""
import base64
import csv
import json
import os
import select
import subprocess
import sys
import time

PATIENCE_S = 60


class Browser:
    def __init__(self, profile):
        there, self.out = os.pipe()
        self.inn, back = os.pipe()
        command = ["sh", "-c", f'exec "$@" 3<&{there} 4>&{back}', "sh", "chromium", "--headless=new",
                   "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                   "--hide-scrollbars", "--remote-debugging-pipe", "--user-data-dir=" + profile,
                   "about:blank"]
        self.process = subprocess.Popen(command, pass_fds=(there, back), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(there)
        os.close(back)
        self.buffer, self.number, self.session, self.events = b"", 0, None, []

    def read(self):
        while b"\0" not in self.buffer:
            if not select.select([self.inn], [], [], PATIENCE_S)[0]:
                raise RuntimeError("chromium does not answer")
            more = os.read(self.inn, 1 << 20)
            if not more:
                raise RuntimeError("chromium went away")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def run(self, script):
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True,
                          awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def key(self, key):
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                     windowsVirtualKeyCode={"Tab": 9, "Escape": 27}.get(key, 0),
                     text=key if len(key) == 1 and kind == "keyDown" else "")

    def mouse(self, kind, x, y, buttons=0):
        self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, buttons=buttons,
                 button="left" if buttons or kind == "mouseReleased" else "none", clickCount=1)

    def look(self, width, scheme):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                 mobile=width < 500)
        self.ask("Emulation.setEmulatedMedia", media="",
                 features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.run("new Promise(done => setTimeout(done, 150))")

    def picture(self, path):
        image = self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(image["data"]))


PLOT = "figure.querySelector('.canvas svg.plot, .draw > [tabindex]')"
EACH = "Array.from(document.querySelectorAll('figure')).map(figure => %s)"
SMALL = """Array.from(document.querySelectorAll('figure svg.plot text:not(.power)')).filter(text =>
    text.getClientRects().length && parseFloat(getComputedStyle(text).fontSize) *
    (text.ownerSVGElement.getScreenCTM().a) < 11.9).length"""


def check(browser, folder, name):
    wrong = []

    def want(good, what):
        if not good:
            wrong.append(f"FAILED: {name}: {what}")

    address = "file://" + os.path.abspath(os.path.join(folder, name + ".html"))
    browser.events = []
    browser.look(1100, "light")
    browser.ask("Page.navigate", url=address)
    for _ in range(200):
        if browser.run("Object.keys(document.documentElement?.dataset ?? {}).length"):
            break
        time.sleep(0.05)
    want(browser.run("document.documentElement.dataset.ready") == "yes", "its script did not end")
    figures = browser.run(EACH % "figure.dataset.name")
    for figure in figures:
        for ending in "svg", "csv":
            path = os.path.join(folder, name + "-figures", figure + "." + ending)
            want(os.path.exists(path) and os.path.getsize(path) > 0, f"no file {figure}.{ending}")
    for width, scheme in (1100, "light"), (1100, "dark"), (360, "light"):
        browser.look(width, scheme)
        want(browser.run("document.scrollingElement.scrollWidth") <= width,
             f"wider than {width} px: " + str(browser.run("document.scrollingElement.scrollWidth")))
        want(browser.run(SMALL) == 0, f"text below 12 px at {width} px")
        browser.picture(os.path.join(folder, f"{name}-{scheme}-{width}.png"))
    browser.look(1100, "light")
    for i, figure in enumerate(figures):
        keyboard(browser, i, lambda good, what: want(good, figure + ": " + what))
        pointer(browser, i, lambda good, what: want(good, figure + ": " + what))
        data(browser, folder, name, i, lambda good, what: want(good, figure + ": " + what))
    paper = browser.ask("Page.printToPDF", printBackground=True)
    with open(os.path.join(folder, name + ".pdf"), "wb") as file:
        file.write(base64.b64decode(paper["data"]))
    browser.run("new Promise(done => setTimeout(done, 100))")
    for event in browser.events:
        kind, what = event.get("method"), event.get("params", {})
        want(kind not in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"),
             f"{kind} {json.dumps(what)[:300]}")
        if kind == "Network.requestWillBeSent":
            url = what["request"]["url"]
            own = url in (address, "about:blank") or url.startswith("data:image/")
            want(own, "asks for " + url[:80])
    return len(figures), wrong


def figure_of(i):
    return f"const figure = document.querySelectorAll('figure')[{i}];"


def tip_of(browser, i):
    return browser.run(f"""(() => {{ {figure_of(i)} const tip = figure.querySelector('.tip, .read');
        return tip.hidden ? '' : tip.textContent; }})()""")


def keyboard(browser, i, want):
    """The figure is the next thing that Tab reaches from what stands before it."""
    browser.run(f"""(() => {{ {figure_of(i)} const plot = {PLOT}; plot.scrollIntoView({{block: 'center'}});
        const all = Array.from(document.querySelectorAll(
            'a, button, select, input, summary, [tabindex="0"]')).filter(e =>
            e.getClientRects().length && (e.matches('summary') || !e.closest('details:not([open])')));
        all[all.indexOf(plot) - 1].focus(); }})()""")
    browser.key("Tab")
    want(browser.run(f"(() => {{ {figure_of(i)} return document.activeElement === {PLOT}; }})()"),
         "Tab does not reach it")
    first = tip_of(browser, i)
    want(first, "the keyboard shows no tip")
    browser.key("ArrowRight")
    second = tip_of(browser, i)
    browser.key("ArrowDown")
    third = tip_of(browser, i)
    points = browser.run(f"""(() => {{ {figure_of(i)} const csv = figure.querySelector('pre.csv');
        return csv ? lab.rows(csv.textContent).slice(1).filter(row => row[1] !== '').length : 9; }})()""")
    want(points < 2 or first != second, "an arrow across does not go to another point")
    want(third, "an arrow up or down loses the point")
    browser.key("Escape")


def pointer(browser, i, want):
    if browser.run(f"(() => {{ {figure_of(i)} return figure.classList.contains('curves'); }})()"):
        return

    def axes():
        return browser.run(f"(() => {{ {figure_of(i)} return figure.querySelector('.axes').textContent; }})()")

    area = browser.run(f"""(() => {{ {figure_of(i)} const svg = figure.querySelector('.canvas svg');
        svg.scrollIntoView({{block: 'center'}});
        const r = svg.getBoundingClientRect(), area = svg.querySelector('.area');
        const read = name => +area.getAttribute(name);
        return [r.left + read('x'), r.top + read('y'), read('width'), read('height')]; }})()""")
    left, top, width, height = area
    before = axes()
    browser.mouse("mouseMoved", left + width * 0.3, top + height * 0.3)
    browser.mouse("mousePressed", left + width * 0.3, top + height * 0.3, 1)
    browser.mouse("mouseMoved", left + width * 0.5, top + height * 0.6, 1)
    browser.mouse("mouseMoved", left + width * 0.6, top + height * 0.7, 1)
    browser.mouse("mouseReleased", left + width * 0.6, top + height * 0.7)
    want(axes() != before, "a drag does not zoom")
    browser.run(f"(() => {{ {figure_of(i)} figure.querySelector('.canvas svg').focus(); }})()")
    browser.key("Escape")
    want(axes() == before, "Escape does not show the whole again")
    browser.mouse("mouseMoved", 1, 1)


def value_of(cell):
    try:
        return float(cell) if cell not in ("nan", "inf", "-inf") else cell
    except ValueError:
        return cell


def data(browser, folder, name, i, want):
    """The table holds the rows of the file, to the row that the page says."""
    got = browser.run(f"""(async () => {{ {figure_of(i)} const data = figure.querySelector('.data');
        data.open = true;
        await new Promise(done => setTimeout(done, 30));
        const table = data.querySelector('table');
        const answer = table && [table.caption?.textContent ?? '',
            table.querySelectorAll('th[scope=col]').length,
            Array.from(table.tBodies[0].rows).map(row => Array.from(row.cells).map(c => c.textContent)),
            figure.dataset.name, data.querySelector('a[download]')?.download];
        data.open = false;
        return answer; }})()""")
    want(got, "its data are no table")
    if not got:
        return
    with open(os.path.join(folder, name + "-figures", got[3] + ".csv"), newline="") as file:
        rows = list(csv.reader(file))
    want(got[1] == len(rows[0]), "the table has other columns than the file")
    want([[value_of(cell) for cell in row] for row in got[2]] ==
         [[value_of(cell) for cell in row] for row in rows[1:1 + len(got[2])]],
         "the table has other rows than the file")
    want(len(got[2]) == (len(rows) - 1 if len(rows) <= 1001 or got[3] == "loss-curves" else 200),
         "rows are missing")
    want(got[3] in got[0], "the table has no caption")
    want(got[4] == got[3] + ".csv", "the table cannot be saved")


def main():
    folder, names = sys.argv[1], sys.argv[2:]
    browser = Browser(os.path.join(folder, "profile"))
    bad = 0
    try:
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Log", "Network":
            browser.ask(domain + ".enable")
        for name in names:
            figures, wrong = check(browser, folder, name)
            print(f"{name}: {figures} figures looked at, {len(wrong)} wrong")
            for line in wrong:
                print(line)
            bad += len(wrong)
    finally:
        browser.process.terminate()
        browser.process.wait()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
