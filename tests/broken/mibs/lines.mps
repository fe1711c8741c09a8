NAME lines
OBJSENSE
    LARGE
ROWS
 N cost
 L r1
 Q r2
 G r3 r4
 G r5
COLUMNS
 x cost one r1 2
 x r5
    MARKER 'MARKER' 'INTEGER'
 y cost 3
RHS
 RHS r1 4 r5 1_000
RANGE
 RNG r1 3
BOUNDS
 UP BND x
 UQ BND y 4
 LO BND y 5
 UP BND y 3
