import evdsl

model = evdsl.loads("leader up { var charge in [0, 1]; maximize f = charge; }")
model.solve().value("charg")
