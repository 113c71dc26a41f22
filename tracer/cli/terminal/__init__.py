"""What commands print: numbers, bars, tables and findings, in the characters that a terminal has."""
