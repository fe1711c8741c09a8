"""A model that was built in Python with a name that no text can hold."""

from evdsl.ir import Model, Number, Param
from evdsl.ir.printer import to_text

to_text(Model((Param("charge max", value=Number(11)),)))
