"""Published instances as their files say them, typed in for these tests.

GENERAL: MibS, input.md, `generalExample`, with the mistakes of that page mended: its auxiliary file
lists a variable `LV` that the MPS file does not have and, as a constraint, the objective `R4`. The
objective is -3 x - 7 y, as in BilevelJuMP's MibS_example1, whose optimum -53 at (6, 5) MibS finds.
MOORE: J. T. Moore and J. F. Bard (1990), as idol's documentation writes it, `__constant` included;
optimum -22 at (2, 2) with whole numbers, -18 with a follower and a leader that need none.
LINDEROTH: MibS, examples/instances/linderoth, by index, numbers with a point and nothing behind it.
KNAPSACK: the knapsack of MibS' documentation (toulbar2), for interdiction; optimum 24.
"""

GENERAL_MPS = """\
NAME generalExample
ROWS
 L  R0
 L  R1
 L  R2
 L  R3
 N  R4
COLUMNS
    INT1 'MARKER' 'INTORG'
    C0   R0       -3
    C0   R1       1
    C0   R2       2
    C0   R3       -2
    C0   R4       -3
    C1   R0       2
    C1   R1       2
    C1   R2       -1
    C1   R3       4
    C1   R4       -7
    INT1END 'MARKER' 'INTEND'
RHS
    B    R0       12
    B    R1       20
    B    R2       7
    B    R3       16
BOUNDS
 UP BOUND C0      10
 UP BOUND C1      5
ENDATA
"""
GENERAL_BY_INDEX = "N 1\nM 2\nLC 1\nLR 2\nLR 3\nLO 1\nOS 1\n"
GENERAL_BY_NAME = """\
@NUMVARS
1
@NUMCONSTRS
2
@VARSBEGIN
C1 1.
@VARSEND
@CONSTRSBEGIN
R2
R3
@CONSTRSEND
@NAME
General Example
@MPS
generalExample.mps
"""
GENERAL_AS_PRINTED = """\
@NUMVARS
1
@NUMCONSTRS
4
@OBJSENSE
MIN
@VARSBEGIN
LV 1.
@VARSEND
@CONSTRSBEGIN
R1
R2
R3
R4
@CONSTRSEND
@NAME
General Example
@MPS
generalExample.mps
"""

MOORE_MPS = """\
NAME moore-and-bard
ROWS
 N  OBJ
 L  c_2
 L  c_3
 L  c_4
 G  c_5
COLUMNS
    __constant OBJ        1
    MARKER    'MARKER'                 'INTORG'
    x          OBJ        -1
    x          c_5        2
    x          c_4        2
    x          c_3        1
    x          c_2        -25
    y          OBJ        -10
    y          c_5        10
    y          c_4        -1
    y          c_3        2
    y          c_2        20
    MARKER    'MARKER'                 'INTEND'
RHS
    RHS       c_2        30
    RHS       c_3        10
    RHS       c_4        15
    RHS       c_5        15
BOUNDS
 FX BND       __constant 0
 LI BND       x          0
 LI BND       y          0
ENDATA
"""
MOORE_AUX = """\
@NUMVARS
1
@NUMCONSTRS
4
@VARSBEGIN
y\t1
@VARSEND
@CONSTRSBEGIN
c_2
c_3
c_4
c_5
@CONSTRSEND
@NAME
moore-and-bard
@MPS
moore-and-bard.mps
"""

LINDEROTH_MPS = """\
NAME          linderoth
ROWS
 N  OBJROW
 L  R0000000
 L  R0000001
 L  R0000002
 L  R0000003
 G  R0000004
COLUMNS
    C0000000  OBJROW     -4.           R0000000  1.
    C0000000  R0000002  -4.             R0000003  1.
    C0000001  OBJROW    1.             R0000000   -1.
    C0000001  R0000002   1.           R0000004  1.
    C0000002  OBJROW     -2.           R0000001  1.
    C0000002  R0000003  1.
    C0000003  OBJROW    2.             R0000001  4.
    C0000003  R0000004  1.
    C0000004  OBJROW     -6.           R0000000  1.
    C0000004  R0000001   -3.
    C0000005  OBJROW    3.             R0000000   -4.
    C0000005  R0000001  1.             R0000002  1.
RHS
    RHS       R0000000  7.             R0000001  4.
    RHS       R0000002  2.             R0000003  1.
    RHS       R0000004  1.
BOUNDS
 BV BOUND     C0000000  1.
 BV BOUND     C0000001  1.
 BV BOUND     C0000002  1.
 BV BOUND     C0000003  1.
 UI BOUND     C0000004  1e+30
 UI BOUND     C0000005  1e+30
ENDATA
"""
LINDEROTH_AUX = "N 2\nM 3\nLC 4\nLC 5\nLR 0\nLR 1\nLR 2\nLO 1\nLO -1\nOS 1\n"

KNAPSACK_MPS = """\
NAME knapsack
ROWS
 N value
 L weight
COLUMNS
 MARKER 'MARKER' 'INTORG'
 y1 value -8 weight 11
 y2 value -12 weight 4
 y3 value -3 weight 6
 MARKER 'MARKER' 'INTEND'
RHS
 RHS weight 50
BOUNDS
 UP BND y1 3
 UP BND y2 2
 UP BND y3 4
ENDATA
"""
KNAPSACK_AUX = """\
N 3
M 4
LC 3
LC 4
LC 5
LR 1
LR 2
LR 3
LR 4
LO -8
LO -12
LO -3
OS 1
IC 7
IC 5
IC 2
IB 9
"""
