"""``b2bsync backup`` and ``restore``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from b2bsync.app import backup as backups
from b2bsync.cli.output import Json, brief, cell, opened, print_json, say, tell_warning, telling, who
from b2bsync.cli.output import pairs as print_pairs

File = Annotated[Path, typer.Argument(help="The backup's file.")]
MOST_FILES = 20


def backup(
    file: File,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing: read that backup and say whether it is whole.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file of that name.")] = False,
    json: Json = False,
) -> None:
    """Back everything up into one file while the daemon runs, or check such a file."""
    if check:
        with telling():
            made = backups.check(file)
    else:
        with opened() as app:
            made = backups.backup(app, file, overwrite=overwrite)
    if json:
        print_json(made)
        return
    say(f"{made['file']}: {made['bytes']:,} bytes, {made['rows']:,} rows{', whole' if check else ''}")
    _tell(made)


def restore(
    file: File,
    replace: Annotated[
        bool, typer.Option("--replace", help="Keep the SQLite database that is there aside, and take its place.")
    ] = False,
    jump: Annotated[
        int | None, typer.Option("--jump", help="Control numbers to leave out of each range; 1,000,000 if not said.")
    ] = None,
    json: Json = False,
) -> None:
    """Put a backup into the place of a lost database. Sends are held afterwards until you release them."""
    with opened() as app:
        options = {} if jump is None else {"jump": jump}
        done = backups.restore(app, file, who(), replace=replace, **options)
    if json:
        print_json(done)
        return
    say(f"{done['file']} is restored into {done['into']}: {done['rows']:,} rows")
    _tell(done)
    if done["kept_aside"]:
        say(f"The database that was there is kept as {done['kept_aside']}.")
    say(f"Control numbers: {done['control_numbers']:,} ranges go on {done['jump']:,} later.")
    doubt = f", {done['in_doubt']:,} of them were on their way" if done["in_doubt"] else ""
    say(f"Sends are held; {done['held']:,} wait{doubt}. They may have left after the backup was taken, as may what is")
    say("made again from now on. See `b2bsync deliveries list --state queued`, then `b2bsync deliveries decide N sent`")
    say("for what the partner has, `b2bsync deliveries release N` for what he has not, and")
    say("`b2bsync deliveries release --all` for all that is left.")
    if done["streams"]:
        say(f"Read in full when they run next: {', '.join(done['streams'])}.")
    if files := done["missed"]:
        say(f"{len(files):,} files came after the backup; `b2bsync receive --missed` takes them again:")
        for one in files[:MOST_FILES]:
            say(f"  {one['partner']}  {one['name']}  {one['bytes']:,} bytes")
        if len(files) > MOST_FILES:
            say(f"  … and {len(files) - MOST_FILES:,} more")
    for text in done["warnings"]:
        tell_warning("warning", text)


def _tell(made: dict[str, Any]) -> None:
    print_pairs(
        [
            ("taken", cell(made["created_at"])),
            ("from", f"{made['database']}, node {made['node']}, {made['stage']}, company {made['company']}"),
            ("by", f"b2bsync {made['program']}, schema {made['revision']}"),
            ("SHA-256", brief(made["sha256"])),
        ]
    )
