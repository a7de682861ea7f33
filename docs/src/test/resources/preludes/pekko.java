import com.typesafe.config.*;
import dev.varve.pekko.*;
import org.apache.pekko.actor.*;
import org.apache.pekko.actor.setup.*;
//// The first minute
// not run: the actor system would go on
