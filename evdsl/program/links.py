"""What the rows and columns of a matrix are linked with."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse


def links(matrix: sparse.csr_array[Any]) -> sparse.csr_array[Any]:
    """(m + n, m + n): 1 where a row of the matrix (m, n), node i, has an entry in a column, node
    m + j; each link stands once, from the row."""
    m, n = matrix.shape
    indptr = np.append(matrix.indptr, np.full(n, matrix.nnz, matrix.indptr.dtype))
    entries = (np.ones(matrix.nnz), matrix.indices + m, indptr)
    return sparse.csr_array(entries, shape=(m + n, m + n))
