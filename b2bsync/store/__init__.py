"""Where everything is kept: tables, migrations, journal, master data, order book."""
