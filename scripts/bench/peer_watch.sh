#!/usr/bin/env bash
# A peer of `load`: what one writes in a shell to work on the files of a folder as they come. No work is done on them.
#   peer_watch.sh INBOX OUTBOX
set -u
inbox=$1 outbox=$2
mkdir -p "$inbox/claimed" "$inbox/done"
inotifywait -m -q -e close_write,moved_to --format %f "$inbox" 2>&1 > >(
  while IFS= read -r name; do
    case $name in .*) continue ;; *.jsonl) ;; *) continue ;; esac
    mv -n -- "$inbox/$name" "$inbox/claimed/$name" || continue
    cp -- "$inbox/claimed/$name" "$outbox/.$name.tmp" &&
      sync "$outbox/.$name.tmp" &&
      mv -n -- "$outbox/.$name.tmp" "$outbox/$name" &&
      sync "$outbox" &&
      mv -n -- "$inbox/claimed/$name" "$inbox/done/$name"
  done
) &
watcher=$!
trap 'kill $watcher 2>/dev/null; exit 0' TERM INT
# Without -q inotifywait says when its watches are there; with it, the kernel's own list of them does.
until grep -qs '^inotify wd' "/proc/$watcher/fdinfo/3"; do sleep 0.05; done
echo ready
wait $watcher
