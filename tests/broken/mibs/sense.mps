NAME sense
OBJSENSE
    MAX
ROWS
 N cost
 L r1
COLUMNS
 x cost 1 r1 2
 y r1 1
RHS
 summer r1 4
 winter r1 9
ENDATA
