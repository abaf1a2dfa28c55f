import java.nio.file.*;
import java.util.*;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.node.*;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.PluginsLoader;

public class Es {
    public static void main(String[] a) throws Exception {
        org.elasticsearch.common.logging.LogConfigurator.configureESLogging();
        Path home = Path.of(a[1]).toAbsolutePath();
        Environment env = InternalSettingsPreparer.prepareEnvironment(Settings.builder()
            .put("path.home", home).put("path.data", Path.of(a[2]).toAbsolutePath().resolve("data")).put("path.logs", Path.of(a[2]).toAbsolutePath().resolve("logs")).put("cluster.name", "es").put("node.name", "es")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1").put("http.port", a[0]).put("transport.port", "0")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build(), Map.of(), home.resolve("config"), () -> "es");
        org.elasticsearch.common.logging.LogConfigurator.configure(env, true);
        PluginsLoader pl = PluginsLoader.createPluginsLoader(PluginsLoader.loadModulesBundles(home.resolve("modules"), false), Set.of(), Map.of());
        Node n = new Node(env, pl);
        n.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> { try { n.close(); } catch (Exception e) { } }));
        System.out.println("es ready");
        Thread.currentThread().join();
    }
}
