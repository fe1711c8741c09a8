NAME cut
ROWS
 N cost
 L r1
COLUMNS
 x cost 1 r1 2
