NAME good
ROWS
 N cost
 L r1
 G r2
 N other
COLUMNS
 x cost 1 r1 2
 x r2 1
 y cost 3 r1 1
 y r2 1
RHS
 RHS r1 4 r2 1
BOUNDS
 UP BND x 10
ENDATA
