"""What a type checker tells those who use the package, in user.txt."""

import pandas as pd
import pyarrow as pa

from lockstep_features import Client, get_features, training_set

labels = pd.DataFrame({"who": ["zoë"]})
table = pa.table({"who": ["zoë"]})
rows = [{"who": "zoë"}]
client = Client("http://localhost:8080")
reveal_type(training_set(labels, ["edges"]))
reveal_type(training_set(table, ["edges"]))
reveal_type(get_features(labels, ["edges"], url="http://localhost:8080"))
reveal_type(client.ask(rows, ["edges"]).rows)
reveal_type(client.ask(table, ["edges"]).rows)
training_set(labels, ["edges"], knowledge="late")
Client("http://localhost:8080", timout=3)
