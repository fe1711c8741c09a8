"""Bilevel problems as an MPS file and an auxiliary file, the format of MibS and of BOBILib.

The MPS file holds the columns and rows of both levels with the leader's objective; the auxiliary
file says which of them are the follower's, and the follower's objective. A text becomes an
`Instance` (mps_read.py, auxiliary.py), an `Instance` a model of the language (to_model.py); a
Program becomes an `Instance` (from_program.py), and that the two texts (write.py).

Where readers of the format differ we follow MibS and CoinUtils, which reads MPS for it; what is so
settled stands where it is done, with its source.
"""
