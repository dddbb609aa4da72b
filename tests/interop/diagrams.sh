#!/bin/sh
# Other people's tools read every drawing of every described channel: bpmn-moddle and bpmn-js the BPMN, mermaid the
# Mermaid, librsvg the SVG. Skips with a word and exit 0 where a tool is absent.
#
# The packages are looked for in EUSH_DIAGRAM_TOOLS, a folder in which
#   npm install mermaid bpmn-moddle bpmn-js playwright-core
# was run; the browser is CHROMIUM, else `chromium`.
set -eu

cd "$(dirname "$0")/../.."
here=$(pwd)
tools=${EUSH_DIAGRAM_TOOLS:-}
browser=${CHROMIUM:-$(command -v chromium || true)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --quiet -p eush
eush=${CARGO_TARGET_DIR:-target}/debug/eush
case $eush in /*) ;; *) eush=$here/$eush ;; esac

# The flows that have items, by the table of coverage of no run at all.
echo '[]' >"$work/none.json"
flows=$("$eush" acts coverage --all --format table "$work/none.json" | awk '$2 ~ /\// && NF == 4 { print $2 }')
[ -n "$flows" ] || { echo "FAILED: no flow is listed" >&2; exit 1; }
for flow in $flows; do
    name=$(echo "$flow" | tr / _)
    "$eush" acts diagram "$flow" --format bpmn --out "$work/$name.bpmn" >/dev/null
    for view in process interaction; do
        "$eush" acts diagram "$flow" --format mermaid --view $view --out "$work/$name.$view.mmd" >/dev/null
        "$eush" acts diagram "$flow" --format svg --view $view --out "$work/$name.$view.svg" >/dev/null
    done
done

if command -v rsvg-convert >/dev/null 2>&1; then
    for picture in "$work"/*.svg; do
        rsvg-convert "$picture" -o "$work/picture.png" || { echo "FAILED: $picture" >&2; exit 1; }
    done
    echo "ok: librsvg draws every SVG"
else
    echo "skipped: rsvg-convert is not installed (Debian: apt-get install librsvg2-bin)"
fi

if ! command -v node >/dev/null 2>&1 || [ -z "$browser" ]; then
    echo "skipped: BPMN and Mermaid want node and chromium"
    exit 0
fi
if [ -z "$tools" ] || [ ! -d "$tools/node_modules/bpmn-js" ]; then
    echo "skipped: set EUSH_DIAGRAM_TOOLS to a folder with mermaid, bpmn-moddle, bpmn-js and playwright-core"
    exit 0
fi
cd "$tools"
node "$here/tests/interop/diagrams.mjs" "$work" "$browser"
