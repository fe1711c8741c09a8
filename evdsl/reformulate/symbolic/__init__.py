"""The symbolic KKT: a two-level model as a model of one level, family by family.

A view for people, and a specification that the conditions on arrays (`reformulate.kkt`) are tested
against: grounded with the same data it is the same problem.
"""

from evdsl.reformulate.symbolic.level import symbolic_kkt

__all__ = ["symbolic_kkt"]
