NAME names
ROWS
 N cost
 L capacity
 G capacity
COLUMNS
 first cost 1 capcity 2
 first capacity 1 capacity 2
 second cost 3
 first cost 4
RHS
 RHS capacity 4 capacity 5
 RHS demand 4
BOUNDS
 UP BND frist 10
ENDATA
