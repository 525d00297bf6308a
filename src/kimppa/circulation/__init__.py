"""Lending: the rules of use, loans, holds, items on their way, fees, blocks and notices."""
