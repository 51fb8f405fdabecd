"""config.toml: built-in defaults, the workspace's own values, the environment, and what is said about mistakes."""

import re
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from b2bsync.config import Config, load, masked, merged, missing_secrets
from b2bsync.partners import Identity
from b2bsync.vocabulary.settings import SettingsError
from b2bsync.vocabulary.stages import Stage
from b2bsync.workspace import builtin


def configured(root: Path, text: str, **environment: str) -> Config:
    (root / "config.toml").write_text(text, encoding="utf-8")
    return load(root, environment)


def said(root: Path, text: str, **environment: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        configured(root, text, **environment)
    return [str(problem) for problem in caught.value.problems]


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    config = configured(tmp_path, "")
    assert (config.node, config.stage, config.main_company) == ("main", Stage.PRODUCTION, "MAIN")
    assert config.database_url() == f"sqlite:///{tmp_path}/b2bsync.db"
    assert (config.engine.threads, config.engine.syncs, config.engine.poll) == (4, 1, timedelta(milliseconds=100))
    assert config.receive.poll == timedelta(seconds=2)
    assert (config.company, config.connector) == ({}, {})
    assert config == load(tmp_path, {})


def test_values_merge_key_by_key(tmp_path: Path) -> None:
    config = configured(tmp_path, 'stage = "test"\n[engine]\nthreads = 8\n')
    assert (config.stage, config.node) == (Stage.TEST, "main")
    assert (config.engine.threads, config.engine.syncs) == (8, 1)


def test_the_environment_wins(tmp_path: Path) -> None:
    text = 'node = "file"\n[database]\nurl = "sqlite:///file.db"\n'
    config = configured(tmp_path, text, B2BSYNC_NODE="two", B2BSYNC_DATABASE_URL="postgresql://me:secret@db/b2b")
    assert (config.node, config.database_url()) == ("two", "postgresql://me:secret@db/b2b")
    unset = configured(tmp_path, text, B2BSYNC_NODE="", B2BSYNC_DATABASE_URL="")
    assert (unset.node, unset.database_url()) == ("file", f"sqlite:///{tmp_path}/file.db")


def test_a_company(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        '[company.WEST]\nname = "Supplies West"\nisa = "01:123456789"\ngs1_prefix = "0614141"\ngln = "0614141000012"\n'
        'street = ["1 Example Road"]\ncity = "Springfield"\ncountry = "US"\n',
    )
    west = config.company["WEST"]
    assert config.main_company == "WEST"
    assert (west.name, west.isa, west.gs) == ("Supplies West", Identity("01", "123456789"), None)
    assert (west.street, west.city, west.country) == (("1 Example Road",), "Springfield", "US")


def test_connectors_stay_plain_tables(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        '[connector.erp]\nuse = "sql"\nurl = { env = "ERP_URL" }\n'
        '[connector.erp.stream.products]\nfile = "products.csv"\n[connector.erp.stream.stock]\nmax_loss = 0.2\n',
    )
    assert config.connector == {
        "erp": {
            "use": "sql",
            "url": {"env": "ERP_URL"},
            "stream": {"products": {"file": "products.csv"}, "stock": {"max_loss": Decimal("0.2")}},
        }
    }


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            'nod = "x"',
            [
                "nod: is not a known key; allowed: node, stage, database, engine, receive, retention, default_company, "
                'company, connector; did you mean "node"?'
            ],
        ),
        ('node = "a b"', ["node: is 'a b'; allowed: a name of up to 40 letters, digits, - and _"]),
        ('stage = "prod"', ['stage: is \'prod\'; allowed: "test", "production"; did you mean "production"?']),
        ("[engine]\nthreads = 0", ["engine.threads: is 0; allowed: 1 to 64"]),
        ('[engine]\nthreads = "4"', ["engine.threads: is '4'; allowed: 1 to 64"]),
        (
            "[engine]\npoll = 2",
            ['engine.poll: is 2; allowed: a duration such as "500ms", "2s", "15m", "24h", "30d"'],
        ),
        ('[engine]\npoll = "1ms"', ["engine: poll is outside of what is allowed: 10ms to 1m"]),
        ('[engine]\nsilence = "1s"', ["engine: silence is outside of what is allowed: whole seconds, 2s to 10m"]),
        ('[engine]\nsilence = "2500ms"', ["engine: silence is outside of what is allowed: whole seconds, 2s to 10m"]),
        ("database = 1", ["database: is 1; allowed: a table of settings"]),
        (
            '[database]\nurl = { env = "A", file = "b" }',
            ["database.url: is {'env': 'A', 'file': 'b'}; allowed: text, { env = \"NAME\" } or { file = \"path\" }"],
        ),
        (
            '[database]\nurl = "mysql://me:secret@db/b2b"',
            [
                "database.url: is 'mysql://me:***@db/b2b'; allowed: sqlite:///path/to/file.db, "
                "postgresql://user@host/name"
            ],
        ),
        (
            '[database]\nurl = { env = "NOWHERE_SET" }',
            ["database.url: the environment variable NOWHERE_SET is not set; set it before b2bsync starts"],
        ),
        (
            '[company."A B"]\nname = "x"',
            ["company.\"A B\": is 'A B'; allowed: a name of up to 40 letters, digits, - and _"],
        ),
        (
            '[company.A]\nisa = "SUPPLIER"\ngs1_prefix = "12"',
            [
                "company.A.isa: is 'SUPPLIER'; allowed: qualifier:id as in ISA05 and ISA06, such as "
                '"ZZ:ACMESTORES" or '
                '"01:123456789" (two characters, then up to 15)',
                "company.A.gs1_prefix: is '12'; allowed: the GS1 company prefix: 6 to 12 digits (7 with a leading 0)",
            ],
        ),
        (
            '[company.A]\ngln = "0614141000013"',
            [
                "company.A: gln is '0614141000013', which is no GLN: 13 digits, the last one is the check digit of "
                "the others"
            ],
        ),
        (
            '[retention]\nmessages = "6m"\narchive = true',
            [
                "retention.archive: is True; allowed: a directory, or false to keep nothing of what is removed",
                'retention.messages: is \'6m\'; allowed: "forever", or a duration of at least a day such as "730d"',
            ],
        ),
        ("[company.A]\n[company.B]", ["there are several companies, so set default_company to one of: A, B"]),
        (
            'default_company = "MIAN"\n[company.MAIN]\n[company.WEST]',
            ["default_company is 'MIAN', allowed: MAIN, WEST; did you mean \"MAIN\"?"],
        ),
        ("[connector.erp]\nurl = 1", ['connector.erp.use: is missing; allowed: the kind of connector, such as "sql"']),
        (
            "node = main",
            ["is not valid TOML: Invalid value (at line 1, column 8); text values need quotes, dates do not"],
        ),
    ],
)
def test_a_mistake_is_placed_and_explained(tmp_path: Path, text: str, messages: list[str]) -> None:
    assert said(tmp_path, text) == [f"config.toml: {message}" for message in messages]


def test_a_wrong_value_of_the_environment_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    assert said(tmp_path, "", B2BSYNC_NODE="a b") == [
        "environment variable B2BSYNC_NODE: node: is 'a b'; allowed: a name of up to 40 letters, digits, - and _"
    ]


SECRET = "hunter2-and-more"


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        f'[database]\nurl = "postgresql://me:{SECRET}@db/b2b?sslpassword={SECRET}"\n'
        f'[connector.erp]\nuse = "sql"\nurl = "postgresql://me:{SECRET}@erp/erp"\n',
    )
    assert SECRET in config.database_url()
    shown = [repr(config), str(config), repr(config.database), repr(config.__rich_repr__()), config.database_shown()]
    assert [text for text in shown if SECRET in text] == []
    assert config.database_shown() == "postgresql://me:***@db/b2b?sslpassword=***"


def test_a_secret_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "db").write_text("postgresql://me:pw@db/b2b\n")
    config = configured(tmp_path, '[database]\nurl = { file = "secrets/db" }\n')
    assert config.database_url() == "postgresql://me:pw@db/b2b"


def test_references_that_point_at_nothing_are_told_without_stopping_the_rest(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        '[connector.erp]\nuse = "sql"\nurl = { env = "ERP_URL" }\npassword = { file = "secrets/erp" }\n'
        '[connector.lists]\nuse = "files"\n[connector.lists.stream.prices]\nfile = "prices.csv"\n',
    )
    assert [str(problem) for problem in missing_secrets(config, {})] == [
        "config.toml: connector.erp.url: the environment variable ERP_URL is not set; set it before b2bsync starts",
        f"config.toml: connector.erp.password: the file {tmp_path}/secrets/erp cannot be read (No such file or "
        f"directory)",
    ]
    assert [problem.key for problem in missing_secrets(config, {"ERP_URL": "x"})] == ["connector.erp.password"]


def test_a_reference_replaces_as_a_whole() -> None:
    base = {"url": {"env": "A"}, "stream": {"a": {"x": 1}}, "kept": 1}
    over = {"url": {"file": "b"}, "stream": {"b": {"y": 2}}}
    assert merged(base, over) == {"url": {"file": "b"}, "stream": {"a": {"x": 1}, "b": {"y": 2}}, "kept": 1}
    assert base == {"url": {"env": "A"}, "stream": {"a": {"x": 1}}, "kept": 1}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:p@s:w/x@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me@host:5432/db", "postgresql://me@host:5432/db"),
        ("postgresql://host/db?user=me&password=pw", "postgresql://host/db?user=me&password=***"),
        ("sqlite:////var/lib/b2bsync.db", "sqlite:////var/lib/b2bsync.db"),
    ],
)
def test_urls_for_people(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_every_commented_example_of_the_shipped_file_is_valid(tmp_path: Path) -> None:
    text = (builtin() / "config.toml").read_text(encoding="utf-8")
    uncommented = re.sub(r"^#(?! |$)", "", text, flags=re.MULTILINE)
    config = configured(tmp_path, uncommented)
    assert config.company["MAIN"].isa == Identity("ZZ", "EXAMPLESUPPLY")
    assert config.connector["erp"]["stream"]["products"]["key"] == "item_no"


def test_the_shipped_file_says_the_defaults_and_nothing_that_is_not_one() -> None:
    assert load(builtin(), {}).connector == {}


def test_importing_the_configuration_does_not_import_the_database(tmp_path: Path) -> None:
    """`b2bsync --version` and `check` of a wrong file answer at once."""
    code = "import sys, b2bsync.config; print(sorted({'sqlalchemy', 'dbos', 'b2bsync.edi'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
