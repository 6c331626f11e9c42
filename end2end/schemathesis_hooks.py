"""How Schemathesis reads our YAML: a manifest is a stream of documents (RFC 9512, section 3), of which it takes one.

Reads each as Schemathesis itself would: YAML 1.2, dates as text. Checks nothing by itself.
"""

import schemathesis
import yaml
from schemathesis.core.deserialization import get_yaml_loader


# The first of a family that is registered reads all of the family.
@schemathesis.deserializer("text/yaml", "application/yaml")
def documents(_context, response):
    """All documents of a stream; the only one where there is one."""
    found = list(yaml.load_all(response.text, get_yaml_loader()))
    return found[0] if len(found) == 1 else found
