"""A peer of `load.py`: what one writes with the package watchdog to work on files as they come. No
work is done on them.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer


class Mover(FileSystemEventHandler):
    def __init__(self, inbox: str, outbox: str, way: str) -> None:
        self.inbox, self.outbox = inbox, outbox
        # A file that is moved in from outside is reported as created, one that is written as
        # created and then closed: a script must know which of them to expect.
        if way == "rename":
            self.on_created = self.work
        else:
            self.on_closed = self.work

    def on_moved(self, event: FileSystemEvent) -> None:
        if os.path.dirname(event.dest_path) == self.inbox:
            self.move(event.dest_path)

    def work(self, event: FileSystemEvent) -> None:
        if not event.is_directory:
            self.move(event.src_path)

    def move(self, path: str) -> None:
        name = os.path.basename(path)
        if name.startswith(".") or not name.endswith(".jsonl"):
            return
        claimed = os.path.join(self.inbox, "claimed", name)
        hidden = os.path.join(self.outbox, f".{name}.tmp")
        try:
            os.rename(path, claimed)
        except FileNotFoundError:
            return
        shutil.copyfile(claimed, hidden)
        self.sync(hidden)
        os.rename(hidden, os.path.join(self.outbox, name))
        self.sync(self.outbox)
        os.rename(claimed, os.path.join(self.inbox, "done", name))

    @staticmethod
    def sync(path: str) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def main() -> None:
    inbox, outbox, way = sys.argv[1:4]
    for name in ("claimed", "done"):
        os.makedirs(os.path.join(inbox, name), exist_ok=True)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    observer = Observer()
    observer.schedule(Mover(inbox, outbox, way), inbox)
    observer.start()
    print("ready", flush=True)
    ended.wait()
    observer.stop()
    observer.join()


if __name__ == "__main__":
    main()
