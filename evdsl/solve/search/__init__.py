"""Search for good bilevel answers, which the exact methods then begin with."""
